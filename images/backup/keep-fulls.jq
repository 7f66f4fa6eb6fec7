# How many of the newest full backups of a repository stay; pgBackRest deletes older ones, with what depends on them
# and the WAL before the oldest that stays.
#
# In:  {"now": <seconds>, "window": <seconds>, "fulls": [{"label", "stop": <seconds>}], "proven": [<label>]}
# Out: a number
#
# Enough stay to restore any moment of the window: the newest that ended before the window began, and all after it.
# At least two of them were proven by a drill: while fewer are, nothing is deleted. When all of them are older than
# the window (backups have been failing, or the clock has jumped), nothing is deleted either.
(.now - .window) as $begin
| .proven as $proven
| (.fulls | sort_by(.label) | reverse) as $fulls
| ($fulls | length) as $all
| ($fulls | map(.stop <= $begin) | index(true) // $all) as $inside
| ([$fulls | to_entries[] | select(.value.label as $label | $proven | index($label) != null) | .key + 1][1] // $all) as $floor
| if $inside == 0 then $all else [$inside + 1, $floor, 2] | max end
| [., $all] | min
