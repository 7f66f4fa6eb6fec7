# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # the $variables in single quotes are jq's; others are of what sources this
# Sourced by the scripts that back up volumes with restic. They run as the user whose the files are, in a container that
# has the volumes read-only.
#
#   VOLUMES                names of the volumes, a word each; each is in /volumes/<name>
#   QUEUES                 those of them that are of a server for a queue: they are in /queues/<name>, and backed up as a
#                          copy of one moment in /drill/copies, see queue.bash
#   STORE_DIR              /volume-backups: the local repository, cache, status and proofs
#   STATUS_DIR             /volumes-status: the result for `observe` in another container, where there is such a folder

readonly store=${STORE_DIR:-/volume-backups}
readonly proofs=$store/proofs status=$store/status.json
readonly told=${STATUS_DIR:-/volumes-status}
export RESTIC_CACHE=$store/cache
# shellcheck source=restic.bash
source /usr/local/lib/keelson/restic.bash
# shellcheck source=../redis/log.bash
source /usr/local/lib/keelson/log.bash
# shellcheck source=queue.bash
source /usr/local/lib/keelson/queue.bash

is_queue() { [[ " ${QUEUES:-} " == *" $1 "* ]]; } # <volume>

# Folder of a volume as it is now, and the one that is backed up, by whose path snapshots have it.
live_of() { if is_queue "$1"; then echo "/queues/$1"; else echo "/volumes/$1"; fi; }
source_of() { if is_queue "$1"; then echo "/drill/copies/$1"; else echo "/volumes/$1"; fi; }

# Makes the copy of a queue; of other volumes there is nothing to do.
prepare_source() { # <volume>
  is_queue "$1" || return 0
  rm -rf "$(source_of "$1")"
  copy_queue "$(live_of "$1")" "$(source_of "$1")"
}
remove_copies() { rm -rf /drill/copies; }

# Snapshots of a repository as JSON, oldest first: [{"volume", "id", "at", "files", "bytes", "complete"}].
snapshots() { # <repository>
  at "$1" snapshots --no-lock --json 2>"$work/error" |
    jq -c --arg host "$(jq -r .host "$config")" '[.[] | select(.hostname == $host)
    | {volume: .tags[0], id, at: (.time | sub("\\.[0-9]+"; "")), files: .summary.total_files_processed, bytes: .summary.total_bytes_processed,
       complete: (.tags | index("incomplete") == null)}] | sort_by(.at)'
}

# One after another: backups, drills and restores of volumes.
take_lock() { # <seconds to wait>
  # Who restores may not write there, but lock it.
  if [[ -w $store ]]; then exec 9>"$store/.lock"; else exec 9<"$store/.lock"; fi
  flock --wait "$1" 9 || {
    echo "${0##*/}: another backup, drill or restore of volumes is running; this one was not begun" >&2
    exit 75
  }
}

# All that drills have noted as JSON, oldest first.
all_proofs() {
  { find "$proofs" -maxdepth 1 -name 'proof-*.json' -exec cat {} + 2>/dev/null || true; } | jq -cs 'sort_by(.id)'
}

# How the last run and the last drills went, for whoever watches: another user.
publish() {
  [[ -d $told ]] || return 0
  (
    umask 022
    all_proofs | write_json "$told/volumes.json" --argjson run "$(cat "$status" 2>/dev/null || echo '{}')" '
      {$run, drills: (input | group_by(.repository) | map({repository: (.[0].repository | tonumber), last: last, lastProven: (map(select(.proven)) | last)}))}'
  ) || echo "its result could not be written to $told" >&2
}
