# shellcheck shell=bash
# The log of writes of a queue's server. Sourced by this image's entrypoint, and by the backup image's scripts.

# The files that a manifest names, but for those that nothing needs any more.
log_files() { awk '$1 == "file" { for (i = 3; i < NF; i += 2) if ($i == "type" && $(i + 1) != "h") print $2 }'; }

# Sees to it that a server can read its log. After a crash of the host the last write may not be whole, or be followed by
# zeros; a server does not start with the latter. Of a length that was altered on the disk it makes the end of the log:
# it starts without all that follows, and removes that. So the end is set aside where it is a single write, and the
# log is refused where others follow. Prints what was set aside; says on stderr why the log is refused.
mend_log() { # <folder of the server>
  local log=$1/appendonlydir manifest said file at aside outcome
  manifest=$(find "$log" -maxdepth 1 -name '*.manifest' -printf '%f\n' 2>/dev/null | head -n 1) || manifest=
  # It begins with the first start.
  [[ -n $manifest ]] || return 0
  if said=$(valkey-check-aof "$log/$manifest" 2>&1); then return 0; fi
  IFS=' ' read -r file at < <(sed -nE 's/^AOF analyzed: filename=([^,]*), .* ok_up_to=([0-9]+),.* diff=[1-9].*/\1 \2/p' <<<"$said" | tail -n 1) || true
  # What is wrong with another file than the last one is for the server to say.
  [[ -n $file && $file == "$(log_files <"$log/$manifest" | tail -n 1)" ]] || return 0
  if ! one_write < <(tail -c "+$((at + 1))" "$log/$file"); then
    echo "its log can't be read from byte $at of $file on: $(sed -nE 's/^0x[^:]*: //p' <<<"$said" | tail -n 1)" >&2
    return 1
  fi
  aside=$1/set-aside
  # What was not whole was not acknowledged: a full disk is no reason not to start.
  if { mkdir -p "$aside" && tail -c "+$((at + 1))" "$log/$file" >"$aside/$file.$at"; } 2>/dev/null; then
    outcome="set aside in $aside"
  else
    outcome="removed, since it could not be set aside in $aside"
  fi
  truncate -s "$at" "$log/$file" && sync "$log/$file"
  echo "the last write, from byte $at of $file on, was not whole; it was $outcome"
}

# Whether this is a single command, or the beginning of one transaction.
one_write() {
  LC_ALL=C awk 'NR == 3 && /^MULTI\r?$/ { multi = 1 } /^EXEC\r?$/ { ended = 1 } /^\*[0-9]+\r$/ { n++ }
    END { exit !(n <= 1 || multi && !ended) }'
}
