import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { duration, seconds } from "#lib/duration";
import type { Release, Site } from "#workload/release";
import { smokeCheck, smokeInput, smokeSecrets, type Deployed } from "./smoke.js";

/** What a release has to pass, and when it is taken back. */
export const releaseSettings = z.strictObject({
  smoke: z
    .array(smokeCheck)
    .default([])
    .describe(
      "Smoke test: requests to the new container before the switch, and through the proxy after it.",
    ),
  smokeTimeout: duration.default("30s").describe("Time limit of the whole smoke test."),
  drain: duration
    .default("30s")
    .describe("Time limit for requests and connections on the old container to end."),
  watch: z
    .strictObject({
      window: duration
        .nullable()
        .default("30s")
        .describe(
          "How long the new container is watched at the proxy while the old one is kept for a rollback; null: not at all.",
        ),
      minRequests: z
        .int()
        .min(1)
        .default(20)
        .describe("Minimum number of requests before the share of errors is evaluated."),
      maxErrorShare: z
        .number()
        .min(0)
        .max(1)
        .default(0.05)
        .describe("Maximum share of responses with 5xx: 0.05 is one in twenty."),
    })
    .prefault({})
    .describe("Automatic rollback after the switch."),
  keepImages: z
    .int()
    .min(2)
    .max(100)
    .default(5)
    .describe(
      "Number of releases whose images stay on the host for a rollback; older ones are removed.",
    ),
});
export type ReleaseSettings = z.output<typeof releaseSettings>;

/**
 * The settings as the steps of a release need them.
 * @param secrets values of secrets by their names
 */
export function releaseOf(
  settings: ReleaseSettings,
  deployed: Deployed,
  site: Site,
  secrets: Readonly<Record<string, pulumi.Input<string>>> = {},
): Release {
  const { smoke, smokeTimeout, drain, watch, keepImages } = settings;
  const names = new Set(smokeSecrets(smoke).map(([, name]) => name));
  const named = Object.entries(secrets).filter(([name]) => names.has(name));
  const checks = smokeInput(smoke, seconds(smokeTimeout), deployed);
  return {
    site,
    drainSeconds: seconds(drain),
    keepImages,
    ...(smoke.length === 0 ? {} : { smoke: checks }),
    ...(names.size === 0 ? {} : { smokeSecrets: pulumi.jsonStringify(Object.fromEntries(named)) }),
    ...(watch.window === null ? {} : { watch: { ...watch, seconds: seconds(watch.window) } }),
  };
}
