import * as pulumi from "@pulumi/pulumi";
import { shellCommand } from "../lib/shell.js";
import { gate, gateEnvironment } from "../workload/gate.js";
import { words } from "../workload/instances.js";
import type { Platform } from "../workload/platform.js";
import { smokeLine, type Release } from "../workload/release.js";
import { pruneFunctions } from "./proxy-prune.js";

/** A proxy that is to lead to new containers. */
export interface RouteArgs {
  readonly proxy: pulumi.Input<string>;
  readonly apps: pulumi.Input<string[]>;
  /** Text that is another one whenever the record of a release is begun. */
  readonly record: pulumi.Input<string>;
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
  const { smoke } = release;
  const asking =
    smoke === undefined
      ? undefined
      : smokeLine(`${platform.name}-proxy-smoke-ask`, { ...release, smoke }, platform, [
          route.publicUrl,
          through,
        ]);
  return pulumi.output(asking).apply((line) =>
    [
      gate,
      pruneFunctions,
      routeFunctions,
      "resume_release",
      route.before,
      switchLines,
      line === undefined ? "" : `${line} || go_back "smoke test through the proxy"`,
      // The first release has nothing to go back to, and nothing to drain.
      'if [ -z "$old" ]; then is_live; exit; fi',
      watchLine(release),
      'at_proxy drain app "$DRAIN" $old >&2 || exit 1',
      "is_live",
    ]
      .filter((each) => each !== "")
      .join("\n"),
  );
}

function watchLine({ watch }: Release): string {
  if (watch === undefined) return "";
  const limits = [watch.seconds, watch.minRequests, watch.maxErrorShare].map(String);
  return `at_proxy ${shellCommand(["watch", "app", ...limits])} >&2 || go_back "watch"`;
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
    CONTAINERS: words(route.apps),
    DRAIN: String(release.drainSeconds),
    KEEP_IMAGES: String(release.keepImages),
    // Whenever a record is begun this step ends it, whatever else may be the same.
    RELEASE: route.record,
  };
  return release.smoke === undefined
    ? environment
    : { ...environment, CHECKS: release.smoke.input };
}

const routeFunctions = `# The configuration: what the step itself is given to read can be read once only.
input=$(cat)
at_proxy() { in_proxy /usr/local/bin/release "$@"; }
go_back() { # <step>
  still_ours
  # Kept to go back to; but something else may have ended it.
  for each in $old; do (start_again "$each"); done
  # What clients have begun on the new containers ends there.
  [ -z "$old" ] || { at_proxy back app >&2 && ended=rolled-back && at_proxy drain app "$DRAIN" $CONTAINERS >&2; }
  give_up "$CONTAINERS" "$1: it failed (above)"
}
is_live() {
  at_proxy done || exit 1
  end_release live "" "$(docker inspect --format '{{.Image}}' \${CONTAINERS%% *})"
  prune_images
}`;

const switchLines = `for each in $CONTAINERS; do start_again "$each"; done
at_proxy to app 60 >&2 || give_up "$CONTAINERS" "switch: it failed (above)"
old=$(at_proxy previous app) || exit 1`;
