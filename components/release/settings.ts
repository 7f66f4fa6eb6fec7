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
      "Smoke test: asked of the new container before the switch, and through the proxy after it.",
    ),
  smokeTimeout: duration
    .default("30s")
    .describe("Time within which all of the smoke test has to be answered."),
  drain: duration
    .default("30s")
    .describe("How long requests and connections on the old container may take to end."),
  watch: z
    .strictObject({
      window: duration
        .nullable()
        .default("30s")
        .describe(
          "How long the new container is watched at the proxy, and the old one kept to go back to; null: not at all.",
        ),
      minRequests: z
        .int()
        .min(1)
        .default(20)
        .describe("Requests before the share of errors counts."),
      maxErrorShare: z
        .number()
        .min(0)
        .max(1)
        .default(0.05)
        .describe("Greatest share of answers that may be errors (5xx): 0.05 is one in twenty."),
    })
    .prefault({})
    .describe("When a release that is live is taken back."),
  keepImages: z
    .int()
    .min(2)
    .max(100)
    .default(5)
    .describe(
      "Of how many releases the images stay on the host, to go back to; older ones are removed.",
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
