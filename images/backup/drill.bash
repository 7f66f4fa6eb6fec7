# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # variables of `drill`
# The steps of `drill`, in their order; sourced by it, and by what restores otherwise.
# shellcheck source=timeline.bash
source /usr/local/lib/keelson/timeline.bash

run_backrest() { # <file for its output> <arguments…>
  local output=$1
  shift
  pgbackrest --log-level-console=info --pg1-path="$data" "$@" >"$output" 2>&1
}

# Microseconds since 1970 of a time, and back.
micros() {
  local seconds fraction
  seconds=$(date -u -d "$1" +%s) fraction=$(date -u -d "$1" +%6N)
  echo $((seconds * 1000000 + 10#$fraction))
}
as_time() { printf '%s.%06d+00' "$(date -u -d "@$(($1 / 1000000))" '+%Y-%m-%d %H:%M:%S')" $(($1 % 1000000)); }

list_archive() { pgbackrest --log-level-console=error repo-ls "archive/$PGBACKREST_STANZA/$1" --sort=desc; }

# Sets `last` to the time of the last commit in the archive, or in that part of it before a segment, in microseconds,
# or to nothing; and `segment_size`. Recovery to a target in time ends at the first commit after it: one that is not
# followed by another commit can't be reached. What was committed on a timeline after it was left does not count.
find_last_commit() { # <archive id> [<segment>]
  local timeline segment commit file reader tries=0 way left
  last=
  find_way "$1"
  for timeline in $(list_archive "$1" | grep -E '^[0-9A-F]{16}$'); do
    for segment in $(list_archive "$1/$timeline" | grep -E '^[0-9A-F]{24}-[0-9a-f]{40}'); do
      [[ -z ${2:-} || $segment < $2 ]] || continue
      left=$(sed -n "s/^${segment:0:8} //p" <<<"$way")
      [[ $left == none || ${segment:8:16} < $left ]] || continue
      file=$work/${segment%%-*} reader=cat
      if [[ $segment == *.zst ]]; then reader="zstd --decompress --quiet --stdout"; fi
      pgbackrest --log-level-console=error repo-get "archive/$PGBACKREST_STANZA/$1/$timeline/$segment" 2>"$work/get" |
        $reader >"$file" 2>"$work/zstd" ||
        fail "the newest WAL, $segment, can't be read: $(cat "$work/get" "$work/zstd" | head -n 1)"
      commit=$(pg_waldump --rmgr=Transaction "$file" 2>/dev/null |
        sed -nE 's/.*desc: COMMIT ([0-9-]+ [0-9:.]+ [A-Z]+).*/\1/p' | tail -n 1) || true
      segment_size=$(stat -c %s "$file")
      rm -f "$file"
      if [[ -n $commit ]]; then
        last=$(micros "$commit")
        return
      fi
      tries=$((tries + 1))
      if ((tries == 30)); then return; fi
    done
  done
}

# What the repository holds, without what is of a cluster before an upgrade: this server can't restore that.
read_info() {
  pgbackrest --log-level-console=error info --output=json >"$work/info.all" 2>"$work/error" ||
    fail "the repository can't be read: $(reason "$work/error")"
  require_readable "$work/info.all"
  jq '([.[].db[]?.id] | max) as $now | map(.backup |= map(select(.database.id == $now)) | .archive |= map(select(.database.id == $now)))' \
    "$work/info.all" >"$work/info"
}

# Sets `target` (a text), `timeline`, `backup`, and `everything`: the time of the newest commit in the archive.
choose_target() {
  local archive oldest newest wanted
  read_info
  [[ $(jq '[.[].backup[]?] | length' "$work/info") != 0 ]] || fail "there is no backup in the repository yet"
  archive=$(jq -r '[.[].archive[] | select(.max != null)] | max_by(.database.id) | .id' "$work/info")
  find_last_commit "$archive"
  [[ -n $last ]] || fail "there is no commit in the newest archived WAL: is the heartbeat written?"
  everything=$last newest=$((last - 1)) wanted=$newest
  find_gaps "$archive"
  oldest=$(jq '.from + 1 | . * 1000000' "$work/continuous")
  hole=$(jq -r '.hole // empty' "$work/continuous")
  if [[ -n $hole ]]; then
    find_last_commit "$archive" "$hole"
    newest=$((${last:-1} - 1))
  fi
  note --arg windowFrom "$(as_time "$oldest")" --arg windowTo "$(as_time "$newest")" --arg hole "$hole"
  if ((newest < oldest)); then
    [[ -z $hole ]] || unusable "nothing that was written after the last backup can be restored"
    fail "nothing has been archived since the first backup ended at $(as_time "$oldest"); try again in a minute"
  fi
  case $kind in
    # Over a hole, too: it has to be seen that this can't be reached.
    latest) ;;
    random) wanted=$((oldest + ((SRANDOM << 20) + (SRANDOM >> 12)) % (newest - oldest + 1))) ;;
    *)
      [[ $kind =~ (Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$ ]] ||
        refuse "'$kind' has no time zone; write it as in '2026-02-03 04:05:06+00'"
      wanted=$(micros "$kind") || refuse "'$kind' is not a time; write it as in '2026-02-03 04:05:06+00'"
      ((wanted >= oldest && wanted <= newest)) ||
        refuse "$(as_time "$wanted") is outside of what can be restored: $(as_time "$oldest") to $(as_time "$newest")"
      ;;
  esac
  target=$(as_time "$wanted")
  note --arg target "$target"
  if [[ $kind == latest ]]; then newest_timeline "$archive"; else timeline_at "$archive" "$wanted"; fi
  choose_backup "$archive" "$wanted"
}

require_space() {
  local needed free
  needed=$(jq '[.[].backup[].info.size] | max' "$work/info")
  free=$(($(stat -f -c '%a * %S' "$folder")))
  ((free > needed + needed / 5)) ||
    fail "the disk has $((free / 1048576)) MiB free, and the ${what:-drill} needs $((needed * 6 / 5 / 1048576)) MiB"
}

restore() {
  local begin=${EPOCHREALTIME/./}
  run_backrest "$work/restore" --process-max="$(nproc)" restore --set="$backup" --type=time --target="$target" \
    --target-timeline="$timeline" --target-action=promote --archive-mode=off ||
    unusable "the backup can't be restored: $(reason "$work/restore")"
  note --arg backup "$backup"
  start_server
  local took=$((${EPOCHREALTIME/./} - begin))
  note --argjson rtoSeconds "$(jq -n "$took / 1000000 | . * 10 | round / 10")" \
    --argjson bytes "$(query postgres 'SELECT sum(pg_database_size(oid)) FROM pg_database')"
}

# A drill's server archives nothing.
archiving=(-c archive_mode=off)

# Nobody but this script gets in: its socket is in a folder of its own, and there is no network.
start_server() {
  local deadline=$((SECONDS + ${DRILL_START_TIMEOUT:-3600}))
  echo 'local all all trust' >"$socket/hba"
  postgres -D "$data" -c listen_addresses= -c unix_socket_directories="$socket" -c hba_file="$socket/hba" \
    "${archiving[@]}" -c hot_standby=off -c logging_collector=off -c ssl=off -c shared_buffers=64MB \
    -c max_wal_size=1GB \
    -c shared_preload_libraries= -c jit=off -c max_parallel_workers_per_gather=0 -c log_timezone=UTC 7>&- 8>&- \
    >"$work/server" 2>&1 &
  server=$!
  until pg_isready --quiet --host="$socket" --timeout=1; do
    kill -0 "$server" 2>/dev/null || {
      server=
      unusable "the restored server does not recover to $target: $(death "$work/server")"
    }
    ((SECONDS < deadline)) || fail "the restored server has not recovered within ${DRILL_START_TIMEOUT:-3600} s"
    sleep 0.1
  done
}

# Why a server ended, by its log; that it refused early connections is no reason.
death() { # <log>
  local lines
  lines=$(grep -E 'FATAL|PANIC' "$1" | grep -v 'the database system is' | sed -E 's/^[^]]*\] //') ||
    lines=$(tail -n 1 "$1")
  printf '%s' "${lines%%$'\n'*}"
}

server=
stop_server() {
  [[ -n $server ]] || return 0
  kill -QUIT "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}

query() { # <database> <sql>
  psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --host="$socket" --username=postgres \
    --dbname="$1" --command="$2"
}
query_file() { # <database> <file> <output>
  psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --host="$socket" --username=postgres \
    --dbname="$1" \
    --command='SET default_transaction_read_only = on' --file="$2" --output="$3" 2>"$work/psql"
}

# What a new full backup mends, which `replace-damaged` takes then.
hole=
unusable() {
  note --argjson wantsFull true
  [[ -z $hole ]] || fail "$*; WAL $hole is missing: what can be restored is $(window)"
  fail "$*"
}

window() { jq -r '"\(.windowFrom) to \(.windowTo)"' <<<"$facts"; }

# Writes to $work/gaps what is missing since the oldest backup, and to $work/continuous since when there is all, up to
# now or, where even the newest backup has a hole after it, up to that.
find_gaps() { # <archive id>
  local first
  first=$(jq -r '[.[].backup[] | .archive.start] | min' "$work/info")
  pgbackrest --log-level-console=error repo-ls --recurse --sort=asc "archive/$PGBACKREST_STANZA/$1" |
    sed -nE 's#^[0-9A-F]{16}/([0-9A-F]{24})-[0-9a-f]{40}.*#\1#p' >"$work/segments"
  missing_segments "$first" $((4294967296 / segment_size)) <"$work/segments" |
    jq -R 'split(" ") | {missing: .[0], resumes: .[1]}' | jq -s . >"$work/gaps"
  note --argjson gaps "$(jq '[.[].missing]' "$work/gaps")"
  jq --slurpfile gaps "$work/gaps" '
    [.[].backup[] | select(.error | not) | {start: .archive.start, stop: .timestamp.stop}] as $backups
    | ($backups | max_by(.stop).start) as $newest
    | ([$gaps[0][] | select(.resumes <= $newest) | .resumes] | max // "") as $since
    | {from: ([$backups[] | select(.start >= $since) | .stop] | min),
       hole: ([$gaps[0][] | select(.missing > $newest) | .missing] | min)}' "$work/info" >"$work/continuous"
}

# A segment that is missing before the target fails the recovery; one that is missing elsewhere in the window does not.
# A hole that an earlier drill has found, and that a full backup has followed, only makes the window shorter.
check_archive() {
  local known new
  known=$({ find "$proofs" -maxdepth 1 -name 'proof-*.json' -exec cat {} +; } | jq -s --slurpfile info "$work/info" '
    ([$info[0][].backup[] | select(.type == "full") | .timestamp.start] | max) as $full
    | [.[] | select(.gaps != null and (.startedAt | fromdate) <= $full) | .gaps[]] | unique')
  new=$(jq -r --argjson known "$known" '[.[].missing] - $known | .[:5] | join(" ")' "$work/gaps")
  if [[ -n $new ]]; then
    note --argjson wantsFull true
    check "archive without gaps" false "missing: $new; what can be restored is $(window)"
  else
    check "archive without gaps" true \
      "$(wc -l <"$work/segments") segments$(jq -r \
        'if . == [] then "" else ", and \(length) holes that are known, before what can be restored" end' \
        "$work/gaps")"
  fi
}

# Prints what is missing between the segments on stdin, which are sorted: a line for each hole, with the first segment
# that is missing and the one that it goes on with. A new timeline may begin in the segment that the old one ended in.
missing_segments() { # <first wanted> <segments per log file>
  local name timeline number last_timeline='' last=0
  while read -r name; do
    [[ -n $name && ! $name < $1 ]] || continue
    timeline=${name:0:8} number=$((16#${name:8:8} * $2 + 16#${name:16:8}))
    if [[ -z $last_timeline && $name != "$1" ]]; then echo "$1 $name"; fi
    if [[ $timeline == "$last_timeline" ]] && ((number > last + 1)); then
      printf '%s%08X%08X %s\n' "$timeline" $(((last + 1) / $2)) $(((last + 1) % $2)) "$name"
    fi
    last_timeline=$timeline last=$number
  done
}

check_heartbeat() {
  local beat age most=${DRILL_MAX_RPO:-300}
  beat=$(query postgres \
    "SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00') FROM keelson.heartbeat") || beat=
  [[ -n $beat ]] || {
    check heartbeat false "there is no heartbeat row in what was restored"
    return
  }
  note --arg heartbeat "$beat"
  if (($(micros "$beat") > $(micros "$target"))); then
    check heartbeat false "the heartbeat of $beat is later than the target"
    return
  fi
  if [[ $kind != latest ]]; then
    check heartbeat true "$beat"
    return
  fi
  age=$((started_seconds - $(micros "$beat") / 1000000))
  note --argjson rpoSeconds "$age"
  if ((age <= most)); then check heartbeat true "$age s before the drill"; else
    check heartbeat false \
      "the newest heartbeat that can be restored is $age s old, and may be $most s old: is WAL archived?"
  fi
}

# Every page of every table and index is read, and every row looked up in the indexes. It passes over an index that is not
# valid, as the database does: that one is named.
check_pages() {
  local why invalid
  if pg_amcheck --all --install-missing --heapallindexed --host="$socket" --username=postgres \
    >"$work/amcheck" 2>&1; then
    invalid=$(query "$PGDATABASE" "SELECT string_agg(format('REINDEX INDEX CONCURRENTLY %s', indexrelid::regclass), '; ')
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE NOT indisvalid AND relkind = 'i'") || invalid="(they can't be read)"
    check "pages and indexes" true "pg_amcheck found nothing${invalid:+; NOT VALID, so of no use: $invalid}"
  else
    # pg_amcheck computes what an index is on, in a session that searches no schema, as a restore of a dump does.
    why=$(awk -v advice=1 -f /usr/local/lib/keelson/restore-problem.awk "$work/amcheck")
    check "pages and indexes" false "${why:-$(tail -n 2 "$work/amcheck" | paste -sd ' ')}"
  fi
}

# Before `keelson rename` the database had another name: it is the only one whose owner is called after it.
use_name_of_then() {
  local names
  names=$(query postgres "SELECT datname FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba WHERE rolname = datname || '_owner'") || return 0
  if [[ -z $names || $names == *$'\n'* || $names == "$PGDATABASE" ]]; then return 0; fi
  note --arg databaseThen "$names"
  PGDATABASE=$names
}

check_rows() {
  if query_file "$PGDATABASE" /usr/local/lib/keelson/rows.sql "$work/rows"; then
    note --slurpfile rows "$work/rows"
    facts=$(jq -c '.rows = .rows[0]' <<<"$facts")
    check rows true "$(jq -r '"\(length) tables, \(add // 0) rows"' "$work/rows")"
  else
    check rows false "the rows of $PGDATABASE can't be counted: $(head -n 1 "$work/psql")"
  fi
}

# The newest dump from before the target on its timeline, if there is one: its manifest says how far the database was
# migrated. What a restore has left behind says nothing of what came after it.
check_migrations() {
  local manifest found=
  query_file "$PGDATABASE" /usr/local/lib/keelson/migrations.sql "$work/migrations" ||
    {
      check migrations false "$(head -n 1 "$work/psql")"
      return
    }
  note --slurpfile migrations "$work/migrations"
  facts=$(jq -c '.migrations = .migrations[0]' <<<"$facts")
  for manifest in $(manifests | sort -r); do
    [[ $(jq -r '.timeline // "00000001"' "$manifest") == "$(printf '%08X' "$timeline")" ]] || continue
    # It is in whole seconds, rounded down.
    if (($(micros "$(jq -r .createdAt "$manifest")") + 1000000 <= $(micros "$target"))); then
      found=$manifest
      break
    fi
  done
  if [[ -z $found ]]; then
    check migrations true "$(jq -r 'keys | join(", ")' "$work/migrations")"
    return
  fi
  # A tool's table that the dump had has to be there, and to hold at least as many rows.
  local lost
  lost=$(jq -r --slurpfile now "$work/migrations" '.migrations // {} | to_entries[]
    | (.value | split(" ")[0] | tonumber) as $then | ($now[0][.key] // "-1" | split(" ")[0] | tonumber) as $count
    | select($count < $then) | "\(.key) has \($count) rows, and had \($then) in the dump"' "$found")
  if [[ -z $lost ]]; then
    check migrations true \
      "$(jq -r --slurpfile dump "$found" \
        'if . == ($dump[0].migrations // {}) then "as in the newest dump" else "migrated since the newest dump" end' \
        "$work/migrations")"
  else
    check migrations false "$lost"
  fi
}

# Of the dumps; a drill with nothing local has none.
manifests() { if [[ -d $dumps ]]; then find "$dumps" -maxdepth 1 -name "$PGDATABASE-*.json"; fi; }

# A dump is restored alongside it, the newest where none is named: the other leg, whose manifest has the rows of its own
# snapshot.
check_dump() { # [<manifest>]
  local manifest=${1:-} file
  [[ -n $manifest ]] || manifest=$(manifests | sort | tail -n 1)
  [[ -n $manifest ]] || return 0
  file=$(jq -r .file "$manifest")
  note --arg dump "$file"
  if ! (cd "$dumps" && sha256sum --check --status "$file.sha256"); then
    check dump false "$file is not what it was when it was made"
    return
  fi
  if ! restore_dump "$dumps/$file"; then
    check dump false "$file can't be restored: $(awk -f /usr/local/lib/keelson/restore-problem.awk "$work/psql")"
    return
  fi
  if ! jq -en --slurpfile restored "$work/dump" --slurpfile manifest "$manifest" '$restored[0] == $manifest[0].rows' \
    >/dev/null; then
    check dump false "$file was restored, but its rows are not those of its manifest"
  # Manifests of before say nothing of large objects.
  elif ! jq -en --slurpfile restored "$work/objects" --slurpfile manifest "$manifest" \
    '$restored[0] == ($manifest[0].largeObjects // $restored[0])' >/dev/null; then
    check dump false "$file was restored, but its large objects are not those of its manifest: $(jq -c . "$work/objects"), and $(jq -c .largeObjects "$manifest") there"
  else
    check dump true "$file: $(jq -r --slurpfile objects "$work/objects" '
      "\(length) tables, \(add // 0) rows" + ($objects[0].count | if . == 0 then "" else ", \(.) large objects" end)' "$work/dump"), as its manifest says"
  fi
}

# Not in one transaction: each large object takes a lock that is held until its end, and the server has few.
restore_dump() { # <file>
  query postgres "CREATE DATABASE keelson_drill_dump ${DUMP_DATABASE:-TEMPLATE template0}" >"$work/psql" 2>&1 &&
    PGOPTIONS='-c synchronous_commit=off' pg_restore --exit-on-error --no-owner --no-privileges --host="$socket" \
      --username=postgres --dbname=keelson_drill_dump "$1" >"$work/psql" 2>&1 &&
    query_file keelson_drill_dump /usr/local/lib/keelson/rows.sql "$work/dump" &&
    query_file keelson_drill_dump /usr/local/lib/keelson/large-objects.sql "$work/objects"
}

check_own() {
  local each name sql answer
  while IFS= read -r each; do
    name=$(jq -r .name <<<"$each") sql=$(jq -r .sql <<<"$each")
    answer=$(query "$PGDATABASE" "SET statement_timeout = '10min'; SET default_transaction_read_only = on; $sql" 2>&1) ||
      true
    if [[ $answer == t ]]; then
      check "$name" true "true"
    else
      check "$name" false "it gave ${answer:0:200}, not true"
    fi
  done < <(jq -c '.[]' <<<"${DRILL_CHECKS:-[]}")
}
