import { inProxy } from "./in-proxy.js";
import type { Platform } from "./platform.js";
import { record } from "./record.js";

/** Environment of a step that uses `gate`: how it finds the proxy of its stack. */
export function gateEnvironment(
  platform: Pick<Platform, "labels">,
): Readonly<Record<string, string>> {
  return { PROXY_FILTERS: filtersOf(platform, "proxy") };
}

/** Words that narrow docker's lists down to one workload of the stack. */
export function filtersOf({ labels }: Pick<Platform, "labels">, workload: string): string {
  const all = { ...labels, "dev.keelson.workload": workload };
  return Object.entries(all)
    .map(([key, value]) => `--filter label=${key}=${value}`)
    .join(" ");
}

/**
 * A shell function: waits until a container is healthy, for not less than the seconds given; what it is instead is in
 * `$health`. The clock shows whole seconds, and is read before each look: one that was slow is followed by another.
 * Where no seconds are left there is one look.
 */
export const waitHealthy = `wait_healthy() { # <container> <seconds>
  looked=$(date +%s)
  deadline=$(( looked + $2 ))
  while :; do
    health=$(docker inspect --format '{{.State.Status}}/{{if .State.Health}}{{.State.Health.Status}}{{end}}' "$1") || return 1
    [ "$health" = running/healthy ] && return 0
    [ "$2" -gt 0 ] && [ "$looked" -le "$deadline" ] || return 1
    sleep 1
    looked=$(date +%s)
  done
}`;

/**
 * Functions of a shell step that a release has to pass, with the release's containers in `$CONTAINERS`. They are
 * stopped when one of them fails it, so that a failed release leaves nothing running; they stay in the state, and the
 * next run starts them again or replaces them.
 */
export const gate = `${waitHealthy}
${record}
start_again() { # <container>
  [ "$(docker inspect --format '{{.State.Running}}' "$1")" = true ] || docker start "$1" >/dev/null || exit 1
}
${inProxy}
name_of() { docker inspect --format '{{slice .Name 1}}' "$1" || echo "$1"; }
# Not to know counts as yes: nothing is stopped that clients may be on.
in_service() { # <container's name>
  PROXY=\${PROXY:-$(docker ps --all --quiet $PROXY_FILTERS)} || return 0
  [ -n "$PROXY" ] || return 1
  routes=$(in_proxy cat /config/haproxy.cfg) || return 0
  case $routes in *" $1:"*) return 0 ;; *) return 1 ;; esac
}
# What a release has started stops with the one that failed, unless clients are on it.
give_up() { # <containers that failed> <reason>
  still_ours
  end_release "\${ended:-failed}" "$2"
  for each in $1; do
    echo "$2; the last 50 log lines of $(name_of "$each"):" >&2
    docker logs --tail 50 "$each" >&2
  done
  for each in $CONTAINERS; do
    name=$(name_of "$each")
    if in_service "$name"; then
      echo "$name stays in service: there is nothing else to go to." >&2
    else
      docker stop "$each" >/dev/null && echo "$name is stopped; what served before goes on serving." >&2
    fi
  done
  exit 1
}`;
