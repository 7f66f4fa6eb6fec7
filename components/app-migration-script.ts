import { superuserPsql } from "../workload/superuser.js";
import { stillOurs } from "../workload/in-proxy.js";
import { record } from "../workload/record.js";
import { resetSql } from "./app-migration-reset.js";

/**
 * The shell step of a migration. It may be killed at any moment, with all its processes or alone: the lock goes with
 * its holder, which ends when nobody writes to it any more; the next run takes the lock, then removes what is left.
 * It reads on stdin how to connect: a libpq service file.
 * @param lock `docker run …` of the lock's holder
 * @param run `docker run …` of the migration, in a container called `$MIGRATION_STEP` that stays when it has ended
 */
export function migrationScript(lock: string, run: string): string {
  return `set -u
hold() {
  ${lock}
}
run() {
  ${run}
}
${record}
${stillOurs}
${helpers}
${conversation}
${before}
${attempts}
${steps}`;
}

const helpers = `say() { echo "migration: $*"; }
fail() {
  echo "migration: $*" >&2
  still_ours
  end_release failed "migration: $*"
  exit 1
}
now() { date +%s; }
log() { # <reason>
  echo "migration: $1; the last 50 log lines of $MIGRATION_STEP:" >&2
  docker logs --tail 50 "$MIGRATION_STEP" >&2
}
# The first line says why, and so does the last: who reads a log reads its end.
failed() { # <reason>
  log "$1"
  changes="Whether it changed the schema is not known"
  tell changes
  fail "$1. $changes. $unharmed"
}
unharmed="What served before goes on serving"
superuser() { # <database>; SQL on stdin
  docker exec --interactive "$MIGRATION_SERVER" sh -c '${superuserPsql}' "$1"
}
login=$(cat)
who="$(id -un)@$(uname -n)"
folder=$(mktemp -d) || exit 1
holder= locked=
# Nothing of this step stays: neither its container nor the lock.
leave() {
  [ -z "$locked" ] || docker rm --force "$MIGRATION_STEP" >/dev/null 2>&1
  exec 3>&- 4<&-
  [ -z "$holder" ] || wait "$holder"
  rm -rf "$folder"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# To write to a holder that is gone is an error to be told, not the end.
trap '' PIPE`;

/** With the holder of the lock: file descriptor 3 goes to it, 4 comes from it. */
const conversation = `start_holder() {
  mkfifo "$folder/to" "$folder/from" || exit 1
  name=$(printf 'keelson: %s migrates to %s' "$who" "$MIGRATION_RELEASE" | cut -c 1-63)
  # The same image under another name has the same migration.
  words=\${MIGRATION#\\[\\"*\\",}
  # Without the lock a migration must not go on.
  {
    export PGAPPNAME="$name" MIGRATION_IDENTITY="command [$words $image"
    hold <"$folder/to" >"$folder/from"
    [ ! -s "$folder/running" ] || docker kill "$(cat "$folder/running")" >/dev/null 2>&1
  } &
  holder=$!
  exec 3>"$folder/to" 4<"$folder/from"
  printf '%s\\n\\n' "$login" >&3
}
lost() { fail "the session that holds the lock ended; look after the database, then run again"; }
hear() {
  IFS= read -r line <&4 || lost
  case $line in "refused "*) fail "\${line#refused }" ;; esac
}
# A command, and its answer up to "ok".
tell() {
  echo "$1" >&3 || lost
  while hear; do
    case $line in
      ok) return ;;
      "note "*) say "\${line#note }" ;;
      "blocked "*) blocked=\${line#blocked } ;;
      "changes "*) changes=\${line#changes } ;;
    esac
  done
}
take_lock() {
  began=$(now)
  # A tag may be moved to another image.
  image=$(docker image inspect --format '{{.Id}}' "$MIGRATION_IMAGE") || exit 1
  start_holder
  while hear; do
    case $line in
      "wait "*) say "waiting up to $MIGRATION_LOCK_WAIT s for another migration: \${line#wait }" ;;
      locked) break ;;
    esac
  done
  locked=1
  still_ours
  say "lock taken in $(( $(now) - began )) s"
  # Of runs that were killed: with the lock they have no right to anything any more.
  own=$(cat "$folder/holder") || exit 1
  old=$(docker ps --all --quiet --filter "label=dev.keelson.step=$MIGRATION_STEP" --filter "before=$own" \\
    --filter status=created --filter status=exited) || exit 1
  [ -z "$old" ] || docker rm $old >/dev/null 2>&1
  docker rm --force "$MIGRATION_STEP" >/dev/null 2>&1
  hear
}`;

/** What is done so that there is a way back. */
const before = `restore_point=null dump=null
make_restore_point() {
  if [ -z "$MIGRATION_SERVER" ]; then
    say "no restore point: the database is somebody else's"
    return
  fi
  began=$(now)
  version=$(printf %s "$MIGRATION_RELEASE" | tr -c 'A-Za-z0-9._' - | cut -c 1-38)
  point="before-$version-$(date -u +%Y%m%dT%H%M%SZ)"
  echo "SELECT pg_create_restore_point('$point');" | superuser "$MIGRATION_DATABASE" >/dev/null ||
    fail "restore point: it could not be made (above)"
  restore_point="\\"$point\\""
  say "restore point $point made in $(( $(now) - began )) s"
}
make_dump() {
  [ -n "$MIGRATION_BACKUP" ] || return 0
  began=$(now) told=
  while :; do
    printed=$(docker exec "$MIGRATION_BACKUP" /usr/local/bin/backup 2>&1)
    code=$?
    # 75: another one has the lock of the folder.
    [ "$code" = 75 ] || break
    [ $(( $(now) - began )) -lt "$MIGRATION_LOCK_WAIT" ] ||
      fail "dump: another backup did not end within $MIGRATION_LOCK_WAIT s (app.migrate.lockWait)"
    [ -n "$told" ] || say "waiting for another backup to end"
    told=1
    sleep 1
  done
  [ "$code" = 0 ] || fail "dump: it failed: $printed"
  file=$(printf '%s\\n' "$printed" | sed -n 's/.*backed up as \\([^ "]*\\.dump\\) .*/\\1/p' | tail -n 1)
  [ -n "$file" ] || fail "dump: the backup does not say what it wrote: $printed"
  dump="\\"$file\\""
  say "dump $file made in $(( $(now) - began )) s"
}`;

/** The migration itself; why it failed is in $reason, and in $failure: lock, time, start or own. */
const attempts = `judge() { # <exit code>
  state=$(docker inspect --format '{{.State.Running}} {{.State.OOMKilled}}' "$MIGRATION_STEP") ||
    fail "its container could not be run (above)"
  failure=own reason="it ended with $1 after $took s"
  case $state in *" true") reason="$reason, out of memory" ;; esac
  case $1/$state in
    125/* | 126/* | 127/*) failure=start reason="its command can't be run: it ended with $1" ;;
    124/* | 137/"true "*)
      docker kill "$MIGRATION_STEP" >/dev/null 2>&1
      failure=time reason="it did not end within $MIGRATION_TIMEOUT s (app.migrate.timeout)"
      ;;
  esac
  if docker logs --tail 50 "$MIGRATION_STEP" 2>&1 | grep -qiE '55P03|due to lock timeout|lock_not_available|could not obtain lock on'; then
    failure=lock
  fi
}
attempt() {
  try=0 pause=$MIGRATION_LOCK_PAUSE
  while :; do
    docker rm --force "$MIGRATION_STEP" >/dev/null 2>&1
    rm -f "$folder/running"
    began=$(now) blocked=
    run
    code=$?
    took=$(( $(now) - began ))
    rm -f "$folder/running"
    tell report
    if [ "$code" = 0 ]; then
      say "passed in $took s"
      return 0
    fi
    judge "$code"
    [ "$failure" = lock ] || return 1
    waited="it waited too long for a lock: \${blocked:-on what was not seen}"
    if [ "$try" -ge "$MIGRATION_LOCK_RETRIES" ]; then
      reason="$waited; tried $(( try + 1 )) times. End what holds it, or raise app.migrate.lockTimeout or lockRetries"
      return 1
    fi
    try=$(( try + 1 ))
    say "$waited; retry $try of $MIGRATION_LOCK_RETRIES in $pause s"
    sleep "$pause"
    still_ours
    pause=$(( pause * 2 ))
    [ "$pause" -le 60 ] || pause=60
  done
}
reset() {
  log "$reason"
  unharmed="The database was emptied before"
  echo "migration: !!! app.migrate.resetOnFailure is set: EMPTYING THE DATABASE $MIGRATION_DATABASE, ALL ITS DATA IS LOST" >&2
  began=$(now)
  superuser "$MIGRATION_DATABASE" >/dev/null <<'SQL' || fail "the database could not be emptied (above)"
${resetSql}
SQL
  echo "migration: !!! the database is empty after $(( $(now) - began )) s; migrating afresh" >&2
}`;

const steps = `resume_release
take_lock
case $line in
  "unchanged "*)
    say "not run: this one \${line#unchanged } (same image, same command)"
    exit 0
    ;;
esac
make_restore_point
make_dump
# Before it begins: what is broken off half-way has run too. Not where it is not run, as after a kill.
note_release migration "$(printf '{"ran":true,"backwardCompatible":%s,"restorePoint":%s,"dump":%s}' \\
  "$MIGRATION_COMPATIBLE" "$restore_point" "$dump")"
tell begin
if ! attempt; then
  [ -n "$MIGRATION_RESET" ] && [ "$failure" = own ] || failed "$reason"
  reset
  tell begin
  attempt || failed "$reason"
fi
tell passed`;
