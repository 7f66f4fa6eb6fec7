import * as pulumi from "@pulumi/pulumi";
import { seconds } from "#lib/duration";
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
    ...(watch.window === null ? {} : { watch: { ...watch, seconds: seconds(watch.window) } }),
  };
}
