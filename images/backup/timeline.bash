# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # variables of who sources it
# Sourced by `drill` and `restore`: on which timeline the server was, and from which backup that is reached. Every
# restore that went live, and every undo of one, has begun a timeline of its own.

# Sets `timeline`: the number of the one that was live at a point in time. A timeline is live from when its history arrived
# in the archive: whoever restores without going live archives nothing.
timeline_at() { # <archive id> <microseconds>
  local found
  found=$(pgbackrest --log-level-console=error repo-ls --output=json "archive/$PGBACKREST_STANZA/$1" |
    jq -r --argjson at "$2" '
    ([keys[] | select(test("^[0-9A-F]{16}$"))[0:8]] | min) as $first
    | [to_entries[] | select((.key | test("^[0-9A-F]{8}\\.history$")) and .value.time * 1000000 <= $at) | .key[0:8]] | max // $first') ||
    fail "the archive can't be listed"
  timeline=$((16#$found))
}

# Sets `timeline` to the number of the newest one in the archive, which is the one that is live.
newest_timeline() { # <archive id>
  local found
  found=$(list_archive "$1" | grep -oE '^[0-9A-F]{8}([0-9A-F]{8}$|\.history$)' | cut -c1-8 | sort | tail -n 1) ||
    fail "the archive can't be listed"
  timeline=$((16#$found))
}

# Sets `history` to where those before it were left, as the server wrote it.
history_of() { # <archive id> <timeline>
  history=
  ((16#$2 > 1)) || return 0
  history=$(pgbackrest --log-level-console=error repo-get "archive/$PGBACKREST_STANZA/$1/$2.history" 2>"$work/error") ||
    fail "the history of timeline $((16#$2)) can't be read: $(reason "$work/error")"
}

# Sets `way` to a line for each timeline on the way to the newest one: its number, and the first segment that is not on
# the way any more. What came in it before the timeline was left is at the beginning of that segment of the next one.
find_way() { # <archive id>
  local name history left log offset size=${segment_size:-16777216}
  newest_timeline "$1"
  name=$(printf '%08X' "$timeline")
  history_of "$1" "$name"
  way="$name none"
  while read -r left log offset; do
    way+=$'\n'$(printf '%08X %08X%08X' "$left" "$((16#$log))" "$((16#$offset / size))")
  done < <(sed -nE 's#^([0-9]+)\s+([0-9A-F]+)/([0-9A-F]+).*#\1 \2 \3#p' <<<"$history")
}

# Sets `backup` to the label of the newest backup that ended before a point in time, on `timeline` or on the way to it.
choose_backup() { # <archive id> <microseconds>
  local name history
  name=$(printf '%08X' "$timeline")
  history_of "$1" "$name"
  backup=$(jq -r --arg history "$history" --arg timeline "$name" --argjson at "$2" \
    -f /usr/local/lib/keelson/choose-backup.jq "$work/info")
  [[ -n $backup ]] || fail "no backup ended before $(as_time "$2") on the way to what was live then"
}
