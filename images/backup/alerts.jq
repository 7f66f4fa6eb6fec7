# What is wrong, from the facts: [{"alert", "text"}]. The rules for Prometheus (monitoring/keelson.rules.yml) have the
# same names and limits.
def ago: . as $seconds | if . >= 172800 then "\($seconds / 86400 | floor) days" elif . >= 7200 then "\($seconds / 3600 | floor) hours" else "\($seconds | floor) s" end;
def too_old($what; $at; $most): if $at == 0 then "there has never been a good \($what)" else "the last good \($what) was \(. - $at | ago) ago, and may be \($most | ago) old" end;
def percent: . * 100 | floor | "\(.) %";
def MiB: . / 1048576 | floor | "\(.) MiB";

. as $facts
# A stack that is new, or that has just been put under watch, has not had the time.
| ($facts.now - $facts.since > 93600) as $settled
| {dump: "dump", full: "full backup", diff: "differential backup", volumes: "backup of volumes"} as $names
| [
    ($names + {diff: "backup"} | to_entries[] | .key as $kind | .value as $name
      | $facts.maxAge[$kind] as $most | $facts.runs[$kind].lastSuccess as $last
      | select($most != null and $settled and $facts.now - $last > $most)
      | {alert: "KeelsonBackupOld", text: ($facts.now | too_old($name; $last; $most))}),
    ($facts.runs | to_entries[] | select(.value.error != null)
      | {alert: "KeelsonBackupFailed", text: "the last \($names[.key]) failed: \(.value.error)"}),
    (($facts.drill, $facts.moreDrills[]) | select(.maxAge != null) | .maxAge as $most
      | "drill\(if .data == "volumes" then " of volumes" else "" end)\(if .repository > 1 then " from repository \(.repository) alone" else "" end)" as $drill
      | (.lastProven.endedAt // null | if . == null then 0 else fromdate end) as $last
      | (select($facts.now - ([$last, $facts.since] | max) > $most)
          | {alert: "KeelsonProofOld", text: ($facts.now | too_old($drill; $last; $most))}),
        (.last | select(. != null and (.proven | not))
          | {alert: "KeelsonDrillRed", text: "the last \($drill) proved nothing: \(.error)"})),
    ($facts.verify | select(. != null and (.ok | not)) | {alert: "KeelsonVerifyRed", text: "what is stored is damaged: \(.error)"}),
    (select($facts.archive.error? != null) | {alert: "KeelsonServerSilent", text: "the server does not answer: \($facts.archive.error)"}),
    ($facts.archive | select(. != null and .error == null)
      | ([.lastArchivedAt // 0, .startedAt] | max) as $last
      # Something is to be archived every minute, and this is checked every minute: it is reported within five.
      | select($facts.now - $last > 180)
      | {alert: "KeelsonArchivingFails", text: "no WAL was archived for \($facts.now - $last | ago): what was written since would be lost with the server"}),
    ($facts.archive | select(. != null and .waiting > 10) | {alert: "KeelsonArchiveQueue", text: "\(.waiting) WAL segments wait to be archived"}),
    ($facts.archive | select(. != null and .error == null) | ([.heartbeatAt // 0, .startedAt] | max) as $last
      | select($facts.now - $last > 300)
      | {alert: "KeelsonHeartbeatOld", text: "the heartbeat was not written for \($facts.now - $last | ago)"}),
    ($facts.disks[] | select(.size > 0) | (1 - .free / .size) as $used | select($used > 0.8)
      | {alert: (if $used > 0.9 then "KeelsonDiskFull" else "KeelsonDiskFilling" end),
         text: "the disk of \(.name) is \($used | percent) full, \(.free | MiB) are free"})
  ]
