# The label of the backup from which a point in time on a timeline is restored; empty where there is none.
#
# In:  what `pgbackrest info --output=json` prints
#      $at: the moment in microseconds; $timeline: as in the names of WAL files; $history: its history file
#
# It ended before the moment, on that timeline, or on one that it descends from, before that was left.
def number: ascii_upcase | explode | reduce .[] as $c (0; . * 16 + (if $c > 57 then $c - 55 else $c - 48 end));
def position: split("/") | (.[0] | number) * 4294967296 + (.[1] | number);
($history | split("\n") | map(select(test("^[0-9]+\t")) | split("\t") | {key: .[0], value: (.[1] | position)}) | from_entries) as $left
| ($timeline | number) as $wanted
# Ends are given in whole seconds, rounded down.
| [.[].backup[]? | select((.error | not) and (.timestamp.stop + 1) * 1000000 <= $at)
    | (.archive.start[0:8] | number) as $own
    | select($own == $wanted or ($left[$own | tostring] as $limit | $limit != null and (.lsn.stop | position) <= $limit))]
| max_by(.timestamp.stop).label // ""
