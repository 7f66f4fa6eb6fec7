import * as pulumi from "@pulumi/pulumi";
import { latencySeconds, seconds } from "#lib/duration";
import type { Facts } from "#lib/placeholders";
import type { Release, Site } from "#workload/release";
import type { ReleaseSettings } from "./settings.js";
import { smokeInput, smokeSecrets, type Deployed } from "./smoke.js";

/**
 * The settings as the steps of a release need them.
 * @param secrets values of secrets by their names
 */
export function releaseOf(
  settings: ReleaseSettings,
  facts: Deployed & Partial<Facts>,
  site: Site,
  secrets: Readonly<Record<string, pulumi.Input<string>>> = {},
): Release {
  const { smoke, smokeTimeout, drain, watch, keepImages } = settings;
  const names = new Set(smokeSecrets(smoke).map(([, name]) => name));
  const named = Object.entries(secrets).filter(([name]) => names.has(name));
  const checks = smokeInput(smoke, seconds(smokeTimeout), facts);
  return {
    site,
    drainSeconds: seconds(drain),
    keepImages,
    ...(smoke.length === 0 ? {} : { smoke: checks }),
    ...(names.size === 0 ? {} : { smokeSecrets: pulumi.jsonStringify(Object.fromEntries(named)) }),
    ...(watch.window === null ? {} : { watch: watchOf(watch.window, watch) }),
  };
}

/** With durations in seconds. */
function watchOf(window: string, { latency, ...watch }: ReleaseSettings["watch"]) {
  const limits = { ...watch, seconds: seconds(window) };
  if (latency === undefined) return limits;
  const { limit, maxShare } = latency;
  return { ...limits, latency: { seconds: latencySeconds(limit), maxShare } };
}
