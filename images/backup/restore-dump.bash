# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # variables of `restore-dump`
# The database into which a dump is restored; sourced by `restore-dump`.

require_room() { # <bytes>
  local needed free
  needed=$(query postgres "SELECT pg_database_size('$database')")
  if (($1 > needed)); then needed=$1; fi
  free=$(($(stat -f -c '%a * %S' "$folder")))
  ((free > needed + needed / 5)) || fail "the disk has $((free / 1048576)) MiB free, and the restore needs about $((needed * 6 / 5 / 1048576)) MiB"
}

# Statements that give the new database what the deployment gave another one: who may connect, and its settings.
same_rights() { # <database>
  query postgres "
    SELECT 'REVOKE ALL ON DATABASE $fresh FROM PUBLIC;' UNION ALL
    SELECT format('GRANT %s ON DATABASE $fresh TO %s;', privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
    FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE datname = '$1' UNION ALL
    SELECT format('INSERT INTO pg_db_role_setting SELECT oid, %s, %L FROM pg_database WHERE datname = ''$fresh'';', setrole, setconfig)
    FROM pg_db_role_setting JOIN pg_database o ON o.oid = setdatabase WHERE o.datname = '$1'"
}

# And the same within it: rights on the schema, and on what will be made there.
same_rights_within() { # <database>
  query "$1" "
    SELECT format('GRANT %s ON SCHEMA public TO %s;', privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
    FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'public' UNION ALL
    SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %s%s GRANT %s ON %s TO %s;', defaclrole::regrole,
      CASE defaclnamespace WHEN 0 THEN '' ELSE ' IN SCHEMA ' || defaclnamespace::regnamespace::text END, privilege_type,
      CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END,
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
    FROM pg_default_acl, aclexplode(defaclacl)
    WHERE defaclnamespace = 0 OR defaclnamespace = 'public'::regnamespace"
}

run_each() { # <database>; statements on stdin, one a line or more
  psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host="$socket" --username=postgres --dbname="$1" --output=/dev/null \
    2>"$work/error" || fail "the restored database can't be set up: $(head -n 1 "$work/error")"
}

# Like the live database, and empty. Sets `owner`.
create_fresh() {
  local extension
  owner=$(query postgres "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '$database'")
  made=1
  query postgres "CREATE DATABASE $fresh OWNER \"$owner\" TEMPLATE template0"
  same_rights "$database" | run_each postgres
  for extension in ${RESTORE_EXTENSIONS:-}; do
    query "$fresh" "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS \"$extension\""
  done
}

create() { # <bytes>
  local owner
  exists "$database" || fail "there is no database $database; run keelson up"
  ! exists "$fresh" || fail "there is a database $fresh already: nothing is restored into it"
  require_room "$1"
  create_fresh
  same_rights_within "$database" | run_each "$fresh"
  jq -cn --arg database "$fresh" --arg owner "$owner" '{$database, $owner}'
  made=
}

count() {
  count_live
  jq -c --argjson major "$(query postgres "SELECT current_setting('server_version_num')::int / 10000")" '{rows: ., $major}' "$work/live-rows"
}

# What fails a check is removed by whoever restored it.
check_restored() { # <name of the dump>
  exists "$fresh" || fail "there is no restore $id"
  cat >"$work/wanted"
  count_live
  note --slurpfile liveRows "$work/live-rows"
  query "$fresh" ANALYZE
  PGDATABASE=$fresh
  check_rows
  compare_dump
  compare_rights
  ready "$1"
}

# What is in the database, and what the dump was seen to have.
compare_dump() {
  export WANTED=$work/wanted
  psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --set=app="${database}_app" --host="$socket" \
    --username=postgres --dbname="$fresh" --file=/usr/local/lib/keelson/dump-check.sql --output="$work/compared" 2>"$work/psql" ||
    fail "what was restored can't be compared with the dump: $(head -n 1 "$work/psql")"
  checks=$(jq -c --argjson checks "$checks" --slurpfile wanted "$work/wanted" '
    def listed: .[:5] | join(", ");
    $checks + [
      {name: "rows of the dump", ok: (.rows == []), detail: (if .rows == [] then "\(.tables) tables with as many rows as in the dump"
        else .rows | map("\(.table) has \(.found // "no") rows, and \(.wanted) in the dump") | listed end)},
      {name: "large objects", ok: (.largeObjects == $wanted[0].largeObjects), detail: "\(.largeObjects), and \($wanted[0].largeObjects) in the dump"},
      {name: "extensions", ok: (.missing == []), detail: (if .missing == [] then "all that the dump has" else "missing: \(.missing | listed)" end)}]' "$work/compared")
  note --argjson unreachable "$(jq -c .unreachable "$work/compared")"
}

# Who may connect and use it, what will be allowed on what is made in it, and its settings: all that the live one has.
compare_rights() {
  local missing
  missing=$(comm -23 <({ same_rights "$database" && same_rights_within "$database"; } | sort) <({ same_rights "$fresh" && same_rights_within "$fresh"; } | sort))
  if [[ -z $missing ]]; then check rights true "those of the live database, its default privileges and its settings too"; else
    check rights false "the live database has what this one has not: $(head -n 3 <<<"$missing" | paste -sd ' ')"
  fi
}

ready() { # <name of the dump>
  local failed
  failed=$(jq -r '[.[] | select(.ok | not) | "\(.name): \(.detail)"] | join("; ")' <<<"$checks")
  [[ -z $failed || ${RESTORE_IGNORE_CHECKS:-} == 1 ]] || fail "what was restored fails its checks: $failed"
  remember "$fresh" "$(remembered "$fresh" |
    jq -c --arg asked "$1" --arg createdAt "$(now)" '. + {$asked, $createdAt, phase: "ready"}')"
  made=
  print
}
