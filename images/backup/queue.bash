# shellcheck shell=bash disable=SC2154 # `work` is of what sources this
# Queues of Valkey, whose files are written to while they are backed up. Sourced by `volumes.bash`,
# with log.bash of the Redis image.

# Copies the log of writes of a server that runs, as it is at one moment. Its manifest names the files: the server
# only appends to them, or begins others and deletes these once a new manifest has taken the old one's place. So all of
# them are opened, and where the manifest is the same after that, what is open is whole and stays so, whatever is
# deleted while it is copied.
copy_queue() { # <folder of the server> <folder for the copy>; says on stderr why not
  local log=$1/appendonlydir copy=$2/appendonlydir manifest files attempt name free bytes
  local -A open
  manifest=$(find "$log" -maxdepth 1 -name '*.manifest' -printf '%f\n' 2>/dev/null | head -n 1) || manifest=
  [[ -n $manifest ]] || {
    echo "there is no log of writes in it yet: has its server ever started?" >&2
    return 1
  }
  for ((attempt = 1; ; attempt++)); do
    if open_log; then break; fi
    close_log
    ((attempt < 100)) || {
      echo "its log names no files, or some that are not there: $(paste -sd ' ' <<<"$files")" >&2
      return 1
    }
  done
  bytes=$(for name in "${!open[@]}"; do stat -L -c %s "/dev/fd/${open[$name]}"; done | awk '{sum += $1} END {printf "%d", sum}')
  mkdir -p "$copy"
  free=$(stat -f -c '%a * %S' "$copy")
  ((free > bytes + bytes / 10)) || {
    close_log
    echo "the disk has too little space for a copy of $bytes bytes" >&2
    return 1
  }
  printf '%s\n' "$files" >"$copy/$manifest" && touch -r "$log/$manifest" "$copy/$manifest" || return 1
  # In the order of the manifest: the last file alone still grows.
  while IFS= read -r name; do
    cp -L --preserve=timestamps "/dev/fd/${open[$name]}" "$copy/$name" || return 1
  done < <(log_files <<<"$files")
  close_log
}

open_log() {
  local name fd
  open=()
  files=$(<"$log/$manifest") || return 1
  while IFS= read -r name; do
    { exec {fd}<"$log/$name"; } 2>/dev/null || return 1
    open[$name]=$fd
  done < <(log_files <<<"$files")
  ((${#open[@]} > 0)) && [[ $(<"$log/$manifest") == "$files" ]]
}
close_log() {
  local name fd
  for name in "${!open[@]}"; do
    fd=${open[$name]}
    exec {fd}<&-
  done
  open=()
}

# Starts a server on a copied log, which reads all of it, and prints the number of its keys. Nobody but this script gets
# in. Says on stderr why it does not start.
load_queue() { # <folder>
  local socket=$work/valkey.sock said=$work/valkey keys server code=0 answer deadline=$((SECONDS + ${QUEUE_START_TIMEOUT:-3600}))
  mend_log "$1" >/dev/null || return 1
  valkey-server --port 0 --unixsocket "$socket" --unixsocketperm 700 --dir "$1" --appendonly yes --appendfsync no \
    --auto-aof-rewrite-percentage 0 --save '' --maxmemory 0 >"$said" 2>&1 9>&- &
  server=$!
  while :; do
    if [[ $(valkey-cli -s "$socket" PING 2>/dev/null) == PONG ]]; then break; fi
    if ! kill -0 "$server" 2>/dev/null; then
      wait "$server" || code=$?
      if ((code == 137)); then
        echo "its log can't be read: the server was killed, for memory where the container's limit is too low" >&2
      else
        echo "its log can't be read: $(queue_problem "$said")" >&2
      fi
      return 1
    fi
    if ((SECONDS > deadline)); then
      kill -KILL "$server"
      wait "$server" || true
      echo "its log was not read within ${QUEUE_START_TIMEOUT:-3600} s" >&2
      return 1
    fi
    sleep 0.1
  done
  answer=$(valkey-cli -s "$socket" INFO keyspace)
  keys=$(tr -d '\r' <<<"$answer" | sed -nE 's/^db[0-9]+:keys=([0-9]+).*/\1/p' | awk '{sum += $1} END {printf "%d", sum}')
  kill "$server"
  wait "$server" || true
  echo "$keys"
}

# Why a server ended, by its log.
queue_problem() { # <log>
  local line
  line=$(grep -E ' # ' "$1" | grep -vE 'WARNING|Warning: no config' | tail -n 1 | sed -E 's/^[^#]*# //') || line=
  printf '%s' "${line:-$(tail -n 1 "$1")}"
}

# What was copied of a log has to be there as long as the server has only appended to it. A rewrite, and a restore, change
# its folder; after either another file may have the name.
compare_queue() { # <folder of the server> <folder of the copy> <time of the copy>; says what it found
  local name size
  if [[ -n $(find "$1" -maxdepth 0 -newermt "$3") ]]; then
    echo "the server has begun another log since"
    return
  fi
  while IFS= read -r name; do
    size=$(stat -c %s "$2/appendonlydir/$name")
    if cmp --silent --bytes="$size" "$1/appendonlydir/$name" "$2/appendonlydir/$name"; then continue; fi
    # Begun just now.
    if [[ -n $(find "$1" -maxdepth 0 -newermt "$3") ]]; then continue; fi
    echo "$name does not begin as the server has it"
    return 1
  done < <(cat "$2"/appendonlydir/*.manifest | log_files)
  echo "it is as the server has it"
}
