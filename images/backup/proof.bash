# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # variables of the drill that sources it
# How a drill begins and ends: one at a time, with a proof of what came of it. Sourced by `drill` and `drill-dump`, which
# have set kind, repository, folder, proofs, data and socket before `begin_proof`.

# What the proof will say.
facts='{}' checks='[]'
note() { facts=$(jq -cn --argjson facts "$facts" "$@" '$facts + $ARGS.named | del(.facts)'); }
check() { # <name> <true|false> <detail>
  checks=$(jq -cn --argjson checks "$checks" --arg name "$1" --argjson ok "$2" --arg detail "$3" \
    '$checks + [{$name, $ok, $detail}]')
}

# A target that can't be is no drill: the caller gets an error, and nothing is recorded.
refuse() {
  noted=$work/refused.json
  fail "$@"
}

finish() {
  local proven=false
  stop_server
  rm -rf "$data" "$socket" "$running" "$folder/fetched"
  if [[ -z $problem ]]; then proven=true; fi
  write_json "$noted" --arg id "$id" --arg kind "$kind" --argjson proven "$proven" --arg error "$problem" \
    --arg startedAt "$started" --arg endedAt "$(now)" --argjson seconds "$SECONDS" --argjson facts "$facts" \
    --argjson checks "$checks" \
    '{$id, $kind, $proven, error: (if $error == "" then null else $error end), $startedAt, $endedAt, $seconds} + $facts + {$checks}' ||
    {
      echo "drill: the proof could not be written to $proof" >&2
      problem=${problem:-"the proof could not be written"}
    }
  cat "$noted" || true
  rm -rf "$work"
  [[ -z $problem ]] || exit 1
}

begin_proof() {
  started=$(now)
  id=$(date -u -d "$started" +%Y%m%dT%H%M%SZ)
  if ((repository > 1)); then id+=-$repository; fi
  readonly started started_seconds=$EPOCHSECONDS id
  readonly proof=$proofs/proof-$id.json
  noted=$proof
  # The watcher of drills is pinged for those from the local repository.
  running=$proofs/running.json
  if ((repository > 1)); then running=/tmp/running.json; fi
  readonly running
  umask 077
  # One at a time in each container.
  exec 8>/tmp/drill.lock
  flock --nonblock 8 || {
    echo "drill: another drill is running; this one was not begun" >&2
    exit 75
  }
  # Nothing may be deleted while it is read (see `physical-backup`).
  exec 7>"$proofs/.reading.lock"
  flock --shared --wait 600 7 || {
    echo "drill: old backups are being deleted for more than 10 minutes; this drill was not begun" >&2
    exit 75
  }
  work=$(mktemp -d /tmp/work.XXXXXX)
  at_end finish
  # For whoever watches: there is no network here.
  write_json "$running" --arg id "$id" --arg kind "$kind" '{$id, $kind}'
  rm -rf "${data:?}" "$socket"
  mkdir -p "$socket"
}

# It is proven where no check has failed.
end_proof() { problem=$(jq -r '[.[] | select(.ok | not) | "\(.name): \(.detail)"] | join("; ")' <<<"$checks"); }
