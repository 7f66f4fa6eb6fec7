import * as pulumi from "@pulumi/pulumi";
import { shellCommand } from "../lib/shell.js";
import { gate, gateEnvironment } from "../workload/gate.js";
import type { Platform } from "../workload/platform.js";
import { smokeLine, type Release } from "../workload/release.js";

/** A proxy that is to lead to a new container. */
export interface RouteArgs {
  readonly proxy: pulumi.Input<string>;
  readonly app: pulumi.Input<string>;
  /** Port inside the proxy's container at which the public URL is served. */
  readonly port: number;
  readonly publicUrl: string;
  /** A shell line to run before; empty for none. */
  readonly before: string;
}

/** The shell of the step that switches, looks at what it has done, goes back if it is bad, and drains. */
export function routeScript(
  route: RouteArgs,
  release: Release,
  platform: Platform,
): pulumi.Output<string> {
  const through = pulumi.interpolate`${route.proxy}:${route.port}`;
  const asking = smokeLine(`${platform.name}-proxy-smoke-ask`, release, platform, [
    route.publicUrl,
    through,
  ]);
  return pulumi.output(asking).apply((line) =>
    [
      gate,
      routeFunctions,
      route.before,
      switchLines,
      line === undefined ? "" : `${line} || go_back "smoke test through the proxy"`,
      // The first release has nothing to go back to, and nothing to drain.
      'if [ -z "$old" ]; then at_proxy done; exit; fi',
      watchLine(release),
      'at_proxy drain "$old" "$DRAIN" >&2 || exit 1',
      "at_proxy done",
    ]
      .filter((each) => each !== "")
      .join("\n"),
  );
}

function watchLine({ watch }: Release): string {
  if (watch === undefined) return "";
  const limits = [watch.seconds, watch.minRequests, watch.maxErrorShare].map(String);
  return `at_proxy ${shellCommand(["watch", "app/app", ...limits])} >&2 || go_back "watch"`;
}

/** Environment of that step. */
export function routeEnvironment(
  route: RouteArgs,
  release: Release,
  platform: Platform,
): Readonly<Record<string, pulumi.Input<string>>> {
  const environment = {
    ...gateEnvironment(platform),
    PROXY: route.proxy,
    APP: route.app,
    DRAIN: String(release.drainSeconds),
  };
  return release.smoke === undefined
    ? environment
    : { ...environment, CHECKS: release.smoke.input };
}

const routeFunctions = `at_proxy() { docker exec "$PROXY" /usr/local/bin/release "$@"; }
go_back() { # <step>
  # What clients have begun on the new container ends there.
  [ -z "$old" ] || { at_proxy back app/app >&2 && at_proxy drain "$APP" "$DRAIN" >&2; }
  give_up "$APP" "$1: it failed (above)"
}`;

const switchLines = `start_again "$APP"
docker exec --interactive "$PROXY" /usr/local/bin/release to app/app "$APP" 60 >&2 || give_up "$APP" "switch: it failed (above)"
old=$(at_proxy previous app/app) || exit 1`;
