# shellcheck shell=bash disable=SC2016,SC2154 # the $variables in single quotes are jq's; `work` is of what sources this
# What there is to know of backups at this moment without asking a repository, which may be far away. Sourced by
# `observe`, `inventory` and `replace-damaged`.
#
#   BACKUP_DIR PROOFS_DIR   /backups, /proofs
#   VOLUMES_STATUS_DIR      /volumes-status: what the containers that back up volumes say, in a folder each; need not be
#                           there
#   WATCH_MAX_AGE           JSON, in seconds: how old the last good run of a kind may be; what is not in it is not
#                           judged

# What the server says of archiving and the heartbeat; without it the rest still counts.
server_facts() {
  psql --no-psqlrc --no-password --quiet --no-align --tuples-only --dbname=postgres --output="$work/server" --command="
    SELECT json_build_object(
      'lastArchived', last_archived_wal, 'lastArchivedAt', floor(extract(epoch FROM last_archived_time)),
      'failing', coalesce(last_failed_time > last_archived_time, last_failed_time IS NOT NULL),
      'startedAt', floor(extract(epoch FROM pg_postmaster_start_time())),
      'heartbeatAt', (SELECT floor(extract(epoch FROM at)) FROM keelson.heartbeat))
    FROM pg_stat_archiver" 2>"$work/error" ||
    jq -n --rawfile error "$work/error" '{error: ($error | rtrimstr("\n"))}' >"$work/server"
}

# Bytes of a disk that anybody but root may use, as `df` counts them.
disk() { # <name> <path>
  stat -f -c '%S %b %f %a' "$2" | jq -R --arg name "$1" 'split(" ") | map(tonumber) as [$unit, $all, $free, $available]
    | {$name, size: (($all - $free + $available) * $unit), free: ($available * $unit)}'
}

status_of() { # <file>
  jq -e 'select(type == "object")' "${BACKUP_DIR:-/backups}/$1" 2>/dev/null || echo '{}'
}

# What all containers that back up volumes say, as if they were one. One that has said nothing yet counts, too.
volumes_status() {
  local folder
  for folder in "${VOLUMES_STATUS_DIR:-/volumes-status}"/*/; do
    if [[ -d $folder ]]; then jq -e 'select(type == "object")' "$folder/volumes.json" 2>/dev/null || echo '{}'; fi
  done | jq -cs -f /usr/local/lib/keelson/volumes-status.jq
}

# Of an external database there are no facts but the dumps' own.
dump_facts() {
  echo null >"$work/server"
  disk dumps "${BACKUP_DIR:-/backups}" | jq -s . >"$work/disks"
}

archive_facts() {
  local data
  data=$(sed -n 's/^pg1-path=//p' "$PGBACKREST_CONFIG")
  server_facts
  # Segments that are written and not archived yet: the server would tell only a superuser or a monitor.
  waiting=$(find "$data/pg_wal/archive_status" -name '*.ready' 2>/dev/null | wc -l)
  { disk data "$data" && disk repository "$(sed -n 's/^repo1-path=//p' "$PGBACKREST_CONFIG")" &&
    disk dumps "${BACKUP_DIR:-/backups}"; } | jq -s . >"$work/disks"
}

# Writes $work/facts.
gather_facts() {
  local waiting=0
  if has_archive; then archive_facts; else dump_facts; fi
  # The last ones are enough, and their number does not grow; of repositories elsewhere they are few.
  {
    find "${PROOFS_DIR:-/proofs}" -maxdepth 1 -name 'proof-*Z.json' | sort | tail -n 100 | xargs -r cat
    find "${PROOFS_DIR:-/proofs}" -maxdepth 1 -name 'proof-*Z-*.json' | sort | tail -n 100 | xargs -r cat
  } | jq -s 'sort_by(.id)' >"$work/proofs"
  jq -n --slurpfile server "$work/server" --slurpfile disks "$work/disks" --slurpfile proofs "$work/proofs" \
    --argjson elsewhere "$(repositories | jq -s 'map(select(. > 1))')" --argjson now "$EPOCHSECONDS" \
    --argjson waiting "$waiting" --argjson maxAge "${WATCH_MAX_AGE:-"{}"}" \
    --argjson dump "$(status_of status.json)" --argjson base "$(status_of status-base.json)" \
    --argjson volumes "$(volumes_status)" \
    --argjson verify "$(status_of status-verify.json)" \
    --argjson since "$(status_of .observed.json | jq '.since // (now | floor)')" '
    def seconds: if . == null then 0 else fromdate end;
    def run($error): {lastSuccess: (.lastSuccess | seconds), bytes: (.bytes // 0), seconds: (.seconds // 0), $error};
    def drills($repository; $maxAge): map(select((.repository // 1) == $repository))
      | {data: "database", $repository, $maxAge, last: last, lastProven: ([.[] | select(.proven)] | last)};
    def most($repository; $local): if $repository == 1 then $local else $maxAge.offsite end;
    $proofs[0] as $all | ($all | map(select((.repository // 1) == 1))) as $proofs
    | ($base.full // {}) as $full | ($base.diff // {}) as $diff
    # A full one counts as a differential one.
    | ([$full, $diff] | max_by(.lastSuccess // "")) as $newest
    | {
        $now, $maxAge, $since,
        runs: ((if $maxAge.volumes == null then {} else {volumes: ($volumes.run // {} | run(.error))} end) + {
          dump: ($dump | run(.error))} + if $server[0] == null then {} else {
          full: ($full | run(if $base.kind == "full" then $base.error else null end)),
          diff: ($newest | run(if $base.kind == "diff" then $base.error else null end))} end),
        # null: there is none, since the database is external.
        archive: ($server[0] | if . == null then null else . + {$waiting} end),
        verify: ($verify | if . == {} then null else {ok, at: (.endedAt | seconds), startedAt: (.startedAt | seconds), error, wantsFull, dumps} end),
        fullStartedAt: ($full.startedAt | seconds),
        dumpStartedAt: (($dump.lastSuccess | seconds) - ($dump.seconds // 0)),
        drill: (($proofs | drills(1; $maxAge.proof)) + {latest: ([$proofs[] | select(.rpoSeconds != null)] | last)}),
        # Those from a repository elsewhere alone, and those of volumes.
        moreDrills: ([$elsewhere[] as $repository | $all | drills($repository; $maxAge.offsite)]
          + if $maxAge.volumes == null then [] else [(1, $elsewhere[]) as $repository
              | ($volumes.drills // [] | map(select(.repository == $repository)) | first // {last: null, lastProven: null})
                + {data: "volumes", $repository, maxAge: most($repository; $maxAge.proof)}] end),
        disks: $disks[0]
      }' >"$work/facts" || fail "what is known of the backups can't be put together"
}
