# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # variables of who sources it
# Sourced by `drill` and `restore`: on which timeline the server was, and from which backup that is reached. Every
# restore that went live, and every undo of one, has begun a timeline of its own.

# Sets `timeline`: the number of the one that was live at a moment. A timeline is live from when its history arrived
# in the archive: whoever restores without going live archives nothing.
timeline_at() { # <archive id> <microseconds>
  local found
  found=$(pgbackrest --log-level-console=error repo-ls --output=json "archive/$PGBACKREST_STANZA/$1" | jq -r --argjson at "$2" '
    ([keys[] | select(test("^[0-9A-F]{16}$"))[0:8]] | min) as $first
    | [to_entries[] | select((.key | test("^[0-9A-F]{8}\\.history$")) and .value.time * 1000000 <= $at) | .key[0:8]] | max // $first') ||
    fail "the archive can't be listed"
  timeline=$((16#$found))
}

# Sets `backup` to the label of the newest backup that ended before a moment, on `timeline` or on the way to it.
choose_backup() { # <archive id> <microseconds>
  local name history=
  name=$(printf '%08X' "$timeline")
  if ((timeline > 1)); then
    history=$(pgbackrest --log-level-console=error repo-get "archive/$PGBACKREST_STANZA/$1/$name.history" 2>"$work/error") ||
      fail "the history of timeline $timeline can't be read: $(reason "$work/error")"
  fi
  backup=$(jq -r --arg history "$history" --arg timeline "$name" --argjson at "$2" -f /usr/local/lib/keelson/choose-backup.jq "$work/info")
  [[ -n $backup ]] || fail "no backup ended before $(as_time "$2") on the way to what was live then"
}
