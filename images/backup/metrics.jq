# The facts as metrics, in Prometheus' text format. $stack: the label that tells stacks apart.
def escaped: gsub("\\\\"; "\\\\") | gsub("\""; "\\\"") | gsub("\n"; "\\n");
def labels: {stack: $stack} + . | to_entries | map("\(.key)=\"\(.value | escaped)\"") | join(",");
# One metric with its samples: [[labels, value]]; without any it is left out.
def metric($name; $help; $samples):
  ($samples | map(select(.[1] != null))) as $known
  | if $known == [] then empty else
      "# HELP keelson_\($name) \($help)", "# TYPE keelson_\($name) gauge",
      ($known[] | "keelson_\($name){\(.[0] | labels)} \(.[1])")
    end;
def of: {data, repository: "\(.repository)"};
def flag: if . then 1 else 0 end;
def time: if . == null then 0 else fromdate end;

. as $facts | .archive as $archive | .drill as $drill
| [$drill, .moreDrills[] | select(.maxAge != null)] as $drills
| [$facts.runs | to_entries[] | [{kind: .key}, .value]] as $runs
| metric("watch_timestamp_seconds"; "When these metrics were written."; [[{}, .now]]),
  metric("watch_since_timestamp_seconds"; "When they were written for the first time."; [[{}, .since]]),
  metric("backup_last_success_timestamp_seconds"; "When the last good backup ended, 0 for never. A full one counts as a differential one."; [$runs[] | [.[0], .[1].lastSuccess]]),
  metric("backup_max_age_seconds"; "How old it may be."; [$runs[] | [.[0], $facts.maxAge[.[0].kind]]]),
  metric("backup_failed"; "Whether the last run failed."; [$runs[] | [.[0], (.[1].error != null | flag)]]),
  metric("backup_size_bytes"; "Size of the last good backup."; [$runs[] | [.[0], .[1].bytes]]),
  metric("backup_duration_seconds"; "How long the last good backup took."; [$runs[] | [.[0], .[1].seconds]]),
  metric("drill_last_proven_timestamp_seconds"; "When a drill last proved a backup of a repository, 0 for never."; [$drills[] | [of, (.lastProven.endedAt | time)]]),
  metric("drill_max_age_seconds"; "How old the last proof may be."; [$drills[] | [of, .maxAge]]),
  metric("drill_failed"; "Whether the last drill proved nothing."; [$drills[] | [of + {kind: (.last.kind // "")}, (.last | if . == null then null else .proven | not | flag end)]]),
  metric("drill_rpo_seconds"; "How old the newest restorable heartbeat was in the last drill to the newest moment."; [[{}, $drill.latest.rpoSeconds]]),
  metric("drill_rto_seconds"; "How long the last proven drill took until the server answered."; [[{}, $drill.lastProven.rtoSeconds]]),
  metric("verify_failed"; "Whether something stored is damaged, by the last verification."; [[{}, (.verify | if . == null then null else .ok | not | flag end)]]),
  metric("verify_timestamp_seconds"; "When the last verification ended."; [[{}, .verify.at]]),
  metric("server_up"; "Whether the server answered."; [[{}, ($archive | if . == null then null else .error == null | flag end)]]),
  metric("server_start_timestamp_seconds"; "When the server started."; [[{}, $archive.startedAt]]),
  metric("wal_archive_failing"; "Whether the last attempt to archive WAL failed."; [[{}, ($archive.failing | if . == null then null else flag end)]]),
  metric("wal_waiting_segments"; "WAL segments that wait to be archived."; [[{}, $archive.waiting]]),
  metric("wal_last_archived_timestamp_seconds"; "When WAL was last archived."; [[{}, (if $archive != null and $archive.error == null then $archive.lastArchivedAt // 0 else null end)]]),
  metric("heartbeat_timestamp_seconds"; "Time in the heartbeat row."; [[{}, (if $archive != null and $archive.error == null then $archive.heartbeatAt // 0 else null end)]]),
  metric("disk_size_bytes"; "Size of the disk that a volume is on, without what is root's alone."; [.disks[] | [{volume: .name}, .size]]),
  metric("disk_free_bytes"; "What of it is free."; [.disks[] | [{volume: .name}, .free]])
