# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # variables of `upgrade`
# The steps that bring a cluster to the new server; sourced by `upgrade`. The cluster itself is only read: it is
# copied into $space/old first, and what comes of it is in $space/new.

readonly superuser=postgres old_bin=/usr/lib/postgresql/$OLD_MAJOR/bin new_bin=/usr/lib/postgresql/$NEW_MAJOR/bin

# Runs a step and notes how long it took.
step() { # <name> <arguments…>
  local name=$1 begin=${EPOCHREALTIME/./}
  shift
  say "$name" >&2
  "$@"
  steps=$(jq -c --arg name "$name" --argjson took $((${EPOCHREALTIME/./} - begin)) \
    '.[$name] = ($took / 100000 | round / 10)' <<<"$steps")
}

state_of() { LC_ALL=C "$old_bin/pg_controldata" -D "$1" | sed -nE "s/^$2: +//p"; }
identifier() { od -An -t u8 -N 8 "$1/global/pg_control" | tr -d ' '; }

require_convertible() { # <cluster>
  local found
  found=$(<"$1/PG_VERSION")
  [[ $found == "$OLD_MAJOR" ]] || fail "the data is of PostgreSQL $found, and this upgrades from $OLD_MAJOR"
  [[ $(state_of "$1" 'Database cluster state') == 'shut down' ]] ||
    fail "the server was not shut down cleanly (it is '$(state_of "$1" 'Database cluster state')'): start it, let it recover, and stop it"
  [[ -z $(ls -A "$1/pg_tblspc") ]] ||
    fail "there are tablespaces outside of the data folder; move what is in them into pg_default first"
}

require_room() { # <cluster> <folder>
  local needed free
  # A copy, and what the new server writes; pg_upgrade links the rest.
  needed=$(($(du -s --block-size=1 "$1" | cut -f 1) * 6 / 5 + 268435456))
  free=$(($(stat -f -c '%a * %S' "$2")))
  ((free > needed)) || fail "the disk has $((free / 1048576)) MiB free, and the upgrade needs $((needed / 1048576)) MiB"
}

# Nobody but this script gets in. WAL is kept for the archiver of the server that comes after.
serve() { # <folder of programs> <cluster>
  echo 'local all all trust' >"$socket/hba"
  "$1/postgres" -D "$2" -c listen_addresses= -c unix_socket_directories="$socket" -c hba_file="$socket/hba" \
    -c archive_mode=on \
    -c archive_command= -c logging_collector=off -c ssl=off -c shared_preload_libraries= -c jit=off -c autovacuum=off \
    -c maintenance_work_mem=128MB -c log_timezone=UTC 7>&- 8>&- 9>&- >"$work/server" 2>&1 &
  server=$!
  until pg_isready --quiet --host="$socket" --timeout=1; do
    kill -0 "$server" 2>/dev/null || {
      server=
      fail "the server of ${1#/usr/lib/postgresql/} does not start: $(death "$work/server")"
    }
    sleep 0.1
  done
}

retire() {
  local code=0
  kill -INT "$server"
  wait "$server" || code=$?
  server=
  ((code == 0)) || fail "the server did not shut down cleanly: $(death "$work/server")"
}

as_superuser() { # <database> <arguments of psql…>
  local database=$1
  shift
  psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --host="$socket" --username="$superuser" \
    --dbname="$database" "$@" 2>"$work/psql" ||
    fail "$database: $(grep -m 1 -E 'ERROR|FATAL' "$work/psql" || tail -n 1 "$work/psql")"
}

show_version() { # <name of the fact>
  local version
  version=$(as_superuser template1 --command='SHOW server_version') ||
    fail "the server does not say its version: $(tail -n 1 "$work/psql")"
  note --arg "$1" "$version"
}

list_databases() {
  as_superuser template1 --command="SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname"
}

# What a server says, to be compared afterwards: a folder with files for each database, by its number. Rows are counted
# in a rehearsal alone: that takes long, and the app waits for an upgrade.
survey() { # <folder>
  local number=0 database
  mkdir -p "$1"
  list_databases >"$1/databases"
  while IFS= read -r database; do
    if [[ $action == rehearse ]]; then
      as_superuser "$database" --file=/usr/local/lib/keelson/rows.sql --output="$1/$number.rows"
    fi
    as_superuser "$database" --file=/usr/local/lib/keelson/recorded.sql --output="$1/$number.collations"
    number=$((number + 1))
  done <"$1/databases"
}

copy_cluster() { cp -a --reflink=auto "$1" "$space/old"; }

look_at_old() {
  local bytes
  serve "$old_bin" "$space/old"
  survey "$work/before"
  show_version oldVersion
  bytes=$(as_superuser template1 --command='SELECT sum(pg_database_size(oid)) FROM pg_database') ||
    fail "the size is not known: $(tail -n 1 "$work/psql")"
  note --argjson bytes "$bytes"
  retire
}

make_empty() {
  local args=(--wal-segsize=$(($(state_of "$space/old" 'Bytes per WAL segment') / 1048576)))
  if [[ $(state_of "$space/old" 'Data page checksum version') != 0 ]]; then args+=(--data-checksums); fi
  "$new_bin/initdb" --pgdata="$space/new" --username="$superuser" --auth=reject --no-sync "${args[@]}" \
    >"$work/initdb" 2>&1 ||
    fail "no cluster of PostgreSQL $NEW_MAJOR can be made: $(tail -n 1 "$work/initdb")"
}

pg_upgrade_words() {
  local own="-c hba_file=$socket/hba -c archive_mode=off -c shared_preload_libraries="
  (cd "$work" &&
    env -u PGDATABASE -u PGHOST -u PGUSER -u PGOPTIONS "$new_bin/pg_upgrade" --old-bindir="$old_bin" \
      --new-bindir="$new_bin" \
      --old-datadir="$space/old" --new-datadir="$space/new" --username="$superuser" --socketdir="$socket" \
      --jobs="$(nproc)" \
      --old-options="$own" --new-options="$own" --link "$@" 7>&- 8>&- 9>&- >"$work/pg_upgrade" 2>&1)
}

# What pg_upgrade does not like, with the files that it lists the things in.
complaint() {
  local file
  sed -n '/[Ff]atal/,$p' "$work/pg_upgrade" | grep -v '^ *$' | paste -sd ' '
  for file in $(find "$space/new/pg_upgrade_output.d" -name '*.txt' 2>/dev/null | sort); do
    printf '%s: %s\n' "${file##*/}" "$(head -n 20 "$file" | paste -sd ';')"
  done
}

check_upgrade() { pg_upgrade_words --check || fail "pg_upgrade --check: $(complaint | paste -sd ' ')"; }
run_upgrade() {
  pg_upgrade_words || fail "pg_upgrade: $(complaint | paste -sd ' ')"
  printf '%s\n' "listen_addresses = '*'" 'password_encryption = scram-sha-256' >>"$space/new/postgresql.conf"
  cp -p "$space/old"/{pg_hba.conf,pg_ident.conf,postgresql.auto.conf} "$space/new"
  rm -rf "$space/new/pg_upgrade_output.d" "$space/old"
}

# Indexes by collations whose library is another version now, and what extensions have to say.
put_in_order() {
  local number=0 database count=0 lines
  while IFS= read -r database; do
    as_superuser "$database" --set=recorded="$(<"$work/before/$number.collations")" \
      --file=/usr/local/lib/keelson/stale.sql --output="$work/stale"
    as_superuser "$database" --file="$work/stale"
    lines=$(grep -c '^REINDEX' "$work/stale") || true
    count=$((count + lines)) number=$((number + 1))
  done <"$work/before/databases"
  note --argjson reindexed "$count"
  as_superuser template1 --output="$work/refreshed" \
    --command="SELECT format('ALTER DATABASE %I REFRESH COLLATION VERSION;', datname)
    FROM pg_database WHERE datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)"
  as_superuser template1 --file="$work/refreshed"
}

update_extensions() {
  local database
  : >"$work/extensions"
  while IFS= read -r database; do
    as_superuser "$database" --output="$work/updates" \
      --command="SELECT format('ALTER EXTENSION %I UPDATE;', name) FROM pg_available_extensions WHERE installed_version <> default_version"
    as_superuser "$database" \
      --command="SELECT jsonb_build_object('database', current_database(), 'name', name, 'from', installed_version, 'to', default_version)
      FROM pg_available_extensions WHERE installed_version <> default_version" >>"$work/extensions"
    as_superuser "$database" --file="$work/updates"
  done <"$work/before/databases"
  note --slurpfile extensions "$work/extensions"
}

analyze() {
  vacuumdb --all --analyze-only --jobs="$(nproc)" --host="$socket" --username="$superuser" --maintenance-db=template1 \
    >"$work/vacuumdb" 2>&1 ||
    fail "the statistics can't be gathered: $(tail -n 1 "$work/vacuumdb")"
}

compare_rows() {
  local number count total=0 different=''
  survey "$work/after"
  cmp -s "$work/before/databases" "$work/after/databases" ||
    fail "there are other databases than before: $(paste -sd ' ' "$work/after/databases")"
  count=$(wc -l <"$work/before/databases")
  for ((number = 0; number < count; number++)); do
    total=$((total + $(jq 'add // 0' "$work/before/$number.rows")))
    jq -en --slurpfile before "$work/before/$number.rows" --slurpfile after "$work/after/$number.rows" \
      '$before == $after' >/dev/null ||
      different+=" $(sed -n "$((number + 1))p" "$work/before/databases")"
  done
  if [[ -z $different ]]; then
    check rows true "$total rows, as before"
  else
    check rows false "the rows of$different are not those of before"
  fi
}

# Leaves the new cluster in $space/new, its server still running.
convert() { # <cluster>
  rm -rf "$space"
  mkdir -m 700 "$space"
  require_convertible "$1"
  require_room "$1" "${space%/*}"
  step copy copy_cluster "$1"
  step survey look_at_old
  if [[ $OLD_MAJOR == "$NEW_MAJOR" ]]; then
    mv "$space/old" "$space/new"
  else
    make_empty
    step check check_upgrade
    step upgrade run_upgrade
  fi
  serve "$new_bin" "$space/new"
  show_version newVersion
  step order put_in_order
  step extensions update_extensions
  step analyze analyze
  if [[ $action == rehearse ]]; then step compare compare_rows; fi
}
