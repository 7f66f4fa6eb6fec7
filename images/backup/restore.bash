# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # variables of `restore`
# The steps of `restore`; sourced by it. What restores and checks is the drill's.

# Nothing but the repository that is restored from: others may not be reached from here, or be damaged.
own_configuration() {
  grep -q "^repo$repository-" "$PGBACKREST_CONFIG" || fail "there is no repository $repository"
  sed -E "/^repo$repository-/b; /^(repo[0-9]+-|archive-async=|spool-path=)/d" "$PGBACKREST_CONFIG" \
    >"$work/pgbackrest.conf"
  export PGBACKREST_CONFIG=$work/pgbackrest.conf PGBACKREST_LOCK_PATH=/tmp/lock
}

take_locks() {
  exec 8>"$folder/.keelson.restore.lock"
  flock --nonblock 8 || fail "another restore is running on this volume; wait for it"
  # Nothing may be deleted from the repository while it is read (see `physical-backup`).
  exec 7>"$proofs/.reading.lock"
  flock --shared --wait 600 7 || fail "old backups are being deleted for more than 10 minutes; try again later"
  mkdir -p "$socket"
  rm -rf "$folder/.restore-new"
}

# The live server, as its superuser.
at_live() { # <database> <psql's arguments…>
  PGPASSWORD=$(</run/secrets/POSTGRES_PASSWORD) PGOPTIONS='-c statement_timeout=0' PGAPPNAME=restore \
    psql --no-psqlrc --no-password --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 \
    --host=/var/run/postgresql --username=postgres --dbname="$1" "${@:2}"
}
live_answers() { pg_isready --quiet --host=/var/run/postgresql --timeout=3; }
require_live() { live_answers || fail "the live server does not answer"; }

# JSON into state.json, whole or not at all; jq's named arguments become fields.
mark() {
  [[ -s $state ]] || fail "there is no restore $id"
  local old
  old=$(<"$state")
  write_json "$state" --argjson old "$old" "$@" '$old + ($ARGS.named | del(.old))'
  sync "$slot"
}

# Every folder that a restore made, the newest first, and what is called like one.
list() {
  local each inode
  inode=$(stat -c %i "$live" 2>/dev/null || echo 0)
  for each in "$folder"/restore-*; do
    [[ -e $each ]] || continue
    if jq -e 'type == "object"' "$each/state.json" >/dev/null 2>&1; then
      jq -c --argjson inode "$inode" --argjson bytes "$(du -sb "$each" | cut -f 1)" \
        '. + {restoredIsLive: (.inode == $inode), $bytes}' "$each/state.json"
    else
      jq -cn --arg path "$each" --argjson bytes "$(du -sb "$each" | cut -f 1)" \
        '{id: ($path | split("-") | last), phase: "foreign", $path, $bytes}'
    fi
  done | jq -cs 'sort_by(.id) | reverse'
}

# What is committed until now can be restored, too: the segment at hand is closed and in the archive.
archive_now() {
  local segment last deadline=$((SECONDS + 60))
  at_live postgres --command='UPDATE keelson.heartbeat SET at = clock_timestamp()' >/dev/null || true
  segment=$(at_live postgres --command='SELECT pg_walfile_name(pg_switch_wal())') ||
    fail "the live server does not close its WAL segment"
  while :; do
    last=$(newest_archived) || return 0
    if [[ ! ${last:0:24} < $segment ]]; then return; fi
    # Where archiving fails, what arrived before can still be restored.
    if ((SECONDS >= deadline)); then
      note --argjson archived false
      return
    fi
    sleep 0.2
  done
}

# The server waits for the local repository alone; to the others WAL is delivered alongside it.
newest_archived() {
  if ((repository == 1)); then
    at_live postgres --command="SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver"
  else
    pgbackrest --log-level-console=error info --output=json 2>/dev/null | jq -r '[.[].archive[].max // ""] | max // ""'
  fi
}

# Sets what is known of the live server; it may be gone, or its database.
look_at_live() {
  live_timeline=0
  if live_answers; then
    archive_now
    live_timeline=$((16#$(at_live postgres --command='SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)')))
    note --argjson liveXid "$(at_live postgres --command='SELECT pg_snapshot_xmax(pg_current_snapshot())')"
    if [[ $(at_live postgres --command="SELECT count(*) FROM pg_database WHERE datname = '$PGDATABASE'") == 1 ]]; then
      count_live
      note --slurpfile liveRows "$work/live-rows"
    fi
  elif [[ -s $live/global/pg_control ]]; then
    live_timeline=$(timeline_of "$live")
  fi
}

count_live() {
  at_live "$PGDATABASE" --command='SET default_transaction_read_only = on' --file=/usr/local/lib/keelson/rows.sql \
    --output="$work/live-rows" 2>"$work/psql" ||
    fail "the rows of the live database can't be counted: $(head -n 1 "$work/psql")"
}

# Sets `written` to the rows of the live database that were written since a transaction; null where that is later.
count_written() { # <transaction>
  written=null
  (($(at_live postgres --command='SELECT pg_snapshot_xmax(pg_current_snapshot())') >= $1)) || return 0
  written=$(at_live "$PGDATABASE" --set=since="$1" --command='SET default_transaction_read_only = on' \
    --file=/usr/local/lib/keelson/written.sql 2>"$work/psql") ||
    fail "what was written since can't be counted: $(head -n 1 "$work/psql")"
}

# A named point of the WAL; it says itself when it was made.
choose_point() { # <name> <seconds>
  local archive oldest
  read_info
  oldest=$(jq '[.[].backup[]? | select(.error | not) | .timestamp.stop] | min // empty' "$work/info")
  [[ -n $oldest ]] || fail "there is no backup in the repository yet"
  (($2 > oldest)) ||
    refuse "the restore point $1 of $(as_time "$2"000000) is older than what can be restored, which begins $(as_time "$((oldest + 1))000000")"
  archive=$(jq -r '[.[].archive[] | select(.max != null)] | max_by(.database.id) | .id' "$work/info")
  # It was made a moment after the second in its name.
  target=$(as_time "$(($2 + 60))"000000)
  note --arg target "$1" --arg at "$(as_time "$2"000000)"
  timeline_at "$archive" "$2"000000
  choose_backup "$archive" "$2"000000
}

prepare() { # at <time> | point <name> <seconds>
  local live_timeline args
  [[ ! -e $slot ]] || fail "$slot is there already and is not empty: nothing is restored into it"
  mv --help | grep -q -e --exchange ||
    fail "the backup image's coreutils are older than 9.5: its mv can't exchange two folders"
  look_at_live
  case $1 in
    at)
      kind=$2
      choose_target
      kind=restore
      # All there is: to a target in time the newest commit would be missing.
      if [[ $2 == latest ]]; then
        args=(--type=default)
      else
        args=(--type=time --target="$target" --target-action=promote)
      fi
      ;;
    point)
      choose_point "$2" "${3:-}"
      args=(--type=name --target="$2" --target-action=promote)
      ;;
    *) fail "say at or point" ;;
  esac
  require_space
  make_slot "$1" "${2:-}"
  run_backrest "$work/restore" --process-max="$(nproc)" restore --set="$backup" "${args[@]}" \
    --target-timeline="$timeline" ||
    fail "the backup can't be restored: $(reason "$work/restore")"
  note --arg backup "$backup"
  archive_nowhere
  start_server
  if [[ ${2:-} == latest ]]; then check_complete; fi
  compare_writes
  check_heartbeat
  if [[ $1 == point ]]; then target=$(as_time "$3"000000); fi
  check_all_pages
  check_rows
  check_migrations
  check_own
  require_checks
  take_over_roles
  ready "$live_timeline"
}

# Without a target a hole in the archive would end the recovery, and nobody would notice.
check_complete() {
  local reached
  reached=$(query postgres \
    "SELECT to_char(pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00')")
  if [[ -n $reached ]] && (($(micros "$reached") >= everything)); then
    check "everything that is archived" true "up to $reached"
  else
    check "everything that is archived" false \
      "the recovery ended at ${reached:-no commit at all}, and the newest commit in the archive is of $(as_time "$everything"): WAL is missing between them; restore to a time before that"
  fi
}

# How far the live database has gone since, by the number of the next transaction. The one that recovery stopped before
# has one, too, and is not in what was restored.
compare_writes() {
  local xid stopped written
  xid=$(query postgres 'SELECT pg_snapshot_xmax(pg_current_snapshot())')
  stopped=$(sed -nE 's/.*recovery stopping before (commit|abort) of transaction ([0-9]+),.*/\2/p' "$work/server" |
    tail -n 1)
  if [[ -n $stopped ]]; then xid=$((xid - (xid - stopped) % 4294967296)); fi
  note --argjson restoredXid "$xid"
  if [[ -s $work/live-rows ]]; then
    count_written "$xid"
    note --argjson written "$written"
  fi
}

# What was live before comes back in archive recovery, so that it goes on where nobody has been yet: on the number
# after the newest that the archive knows.
prepare_undo() {
  local live_timeline
  [[ -s $state ]] || fail "there is no restore $id"
  look_at_live
  rm -f "$data/postmaster.pid"
  touch "$data/recovery.signal"
  archive_nowhere
  target="its end"
  archiving+=(-c recovery_target_timeline=current
    -c "restore_command=pgbackrest --log-level-console=error --pg1-path=$data archive-get %f \"%p\"")
  start_server
  check_rows
  require_checks
  take_over_roles
  ready "$live_timeline"
}

# Complete from its first moment: a folder of this name without its state is not ours.
make_slot() { # <kind> <target>
  mkdir "$folder/.restore-new"
  write_json "$folder/.restore-new/state.json" --arg id "$id" --arg kind "$1" --arg asked "$2" \
    --arg createdAt "$(now)" --arg phase restoring '$ARGS.named'
  made=1
  mv --no-target-directory "$folder/.restore-new" "$slot"
  mkdir "$data"
}

# What it has to archive is marked so, by the server itself, and waits until it is live.
archive_nowhere() { archiving=(-c archive_mode=on -c archive_command=/bin/false -c archive_timeout=0); }

timeline_of() { LC_ALL=C pg_controldata --pgdata="$1" | sed -nE "s/^Latest checkpoint's TimeLineID: +([0-9]+)/\1/p"; }

databases() { query postgres 'SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1'; }

# The drill's check leaves its extension behind, which does not belong into what goes live.
check_all_pages() {
  local database had=()
  while IFS= read -r database; do
    if [[ $(query "$database" "SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'") == 1 ]]; then
      had+=("$database")
    fi
  done < <(databases)
  check_pages
  while IFS= read -r database; do
    [[ " ${had[*]} " == *" $database "* ]] ||
      query "$database" 'SET client_min_messages = warning; DROP EXTENSION IF EXISTS amcheck'
  done < <(databases)
}

require_checks() {
  local failed
  failed=$(jq -r '[.[] | select(.ok | not) | "\(.name): \(.detail)"] | join("; ")' <<<"$checks")
  [[ -z $failed || ${RESTORE_IGNORE_CHECKS:-} == 1 ]] || fail "what was restored fails its checks: $failed"
}

# Roles, their passwords and settings are the deployment's, not the data's: they are what they are in the live server.
# One that is not there any more can't log in.
take_over_roles() {
  local extension names
  if live_answers; then
    PGPASSWORD=$(</run/secrets/POSTGRES_PASSWORD) pg_dumpall --roles-only --no-password --host=/var/run/postgresql \
      --username=postgres \
      --database=postgres >"$work/roles" 2>"$work/error" ||
      fail "the roles of the live server can't be read: $(head -n 1 "$work/error")"
    names=$(at_live postgres --command='SELECT string_agg(quote_literal(rolname), $$, $$) FROM pg_roles')
    {
      sed -E '/^\\(un)?restrict /d; s/^CREATE ROLE (.*);$/SELECT $q$CREATE ROLE \1$q$ WHERE to_regrole($q$\1$q$) IS NULL \\gexec/' "$work/roles"
      printf 'SELECT format($$ALTER ROLE %%I NOLOGIN$$, rolname) FROM pg_roles WHERE rolname NOT IN (%s) \\gexec\n' \
        "$names"
    } >"$work/roles.sql"
  else
    note --argjson roles false
    {
      printf '\\set password `cat %s`\n' /run/secrets/POSTGRES_PASSWORD
      echo "ALTER ROLE postgres PASSWORD :'password';"
    } >"$work/roles.sql"
  fi
  psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host="$socket" --username=postgres --dbname=postgres \
    --command="SET log_min_error_statement = 'panic'; SET log_min_duration_statement = -1; SET password_encryption = 'scram-sha-256'" \
    --file="$work/roles.sql" --output=/dev/null 2>"$work/error" ||
    fail "the roles can't be taken over: $(head -n 1 "$work/error")"
  for extension in ${RESTORE_EXTENSIONS:-}; do
    query "$PGDATABASE" "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS \"$extension\""
  done
}

# Stopped as a server should be, with a timeline that nobody has used yet.
ready() { # <timeline of the live server>
  local own parameter
  for parameter in restore_command recovery_target recovery_target_time recovery_target_name recovery_target_action \
    recovery_target_timeline \
    recovery_target_inclusive archive_mode; do
    query postgres "ALTER SYSTEM RESET $parameter"
  done
  own=$((16#$(query postgres 'SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)')))
  ((own > $1)) ||
    fail "what was restored is on timeline $own, and the live server on $1: WAL of the live server does not arrive in the archive (keelson backups)"
  note --argjson timeline "$own" --argjson liveTimeline "$1" --arg database "$PGDATABASE"
  if [[ ${RESTORE_EXTRACT:-} == 1 ]]; then extract; fi
  kill -INT "$server"
  wait "$server" || fail "the restored server does not stop: $(death "$work/server")"
  server=
  [[ $(LC_ALL=C pg_controldata --pgdata="$data" | sed -nE 's/^Database cluster state: +//p') == "shut down" ]] ||
    fail "the restored server did not stop cleanly"
  sync -f "$slot"
  if [[ $step == prepare ]]; then
    mark --arg phase ready --argjson inode "$(stat -c %i "$data")" --argjson facts "$facts"
  fi
  made=
  jq -cn --arg id "$id" --argjson facts "$facts" --argjson checks "$checks" \
    '{$id} + $facts + {$checks, liveRows: (($facts.liveRows // [null])[0])}'
}

# The database alone, as a dump next to the others.
extract() {
  pg_dump --format=custom --compress=1 --host="$socket" --username=postgres --file="$dumps/restore-$id.dump.part" \
    "$PGDATABASE" 2>"$work/error" || fail "the restored database can't be dumped: $(head -n 1 "$work/error")"
  mv "$dumps/restore-$id.dump.part" "$dumps/restore-$id.dump"
}

swap() {
  [[ -s $data/PG_VERSION && -d $live ]] || fail "there is nothing to swap in $slot"
  [[ ! -e $data/recovery.signal ]] || fail "$data has not recovered"
  # The server holds it as long as it runs, and waits for it before it starts.
  exec 9>"$folder/.keelson.lock"
  flock --wait 10 9 || fail "a server is running on this data volume"
  mv --exchange --no-target-directory "$data" "$live" 2>"$work/error" ||
    fail "the folders can't be exchanged: $(head -n 1 "$work/error")"
  sync "$folder" "$slot"
}

discard() {
  mark --arg phase restoring
  rm -rf "$slot"
}
