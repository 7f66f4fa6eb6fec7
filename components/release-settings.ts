import { z } from "zod";
import { duration, seconds } from "#lib/duration";
import { urlPath } from "#lib/identifiers";
import type { Release, Site } from "#workload/release";

const expected = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const smokeCheck = z.strictObject({
  path: urlPath.describe("Path to ask."),
  status: z.int().min(100).max(599).default(200).describe("Status that it has to answer with."),
  json: z
    .record(z.string().min(1), expected)
    .default({})
    .describe(
      "Values that its JSON has to hold, by dotted path; `$version` and `$gitSha` stand for what is deployed.",
    ),
});

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

/** What the app is told of itself, which its answers can be compared with. */
export interface Deployed {
  readonly version: string;
  readonly gitSha: string;
}

/** The settings as the steps of a release need them. */
export function releaseOf(settings: ReleaseSettings, deployed: Deployed, site: Site): Release {
  const { smoke, drain, watch, keepImages } = settings;
  return {
    site,
    drainSeconds: seconds(drain),
    keepImages,
    ...(smoke.length === 0 ? {} : { smoke: smokeInput(settings, deployed) }),
    ...(watch.window === null ? {} : { watch: { ...watch, seconds: seconds(watch.window) } }),
  };
}

function smokeInput({ smoke, smokeTimeout }: ReleaseSettings, deployed: Deployed): string {
  const meant: Readonly<Record<string, string>> = {
    $version: deployed.version,
    $gitSha: deployed.gitSha,
  };
  const value = (given: z.output<typeof expected>) =>
    typeof given === "string" ? (meant[given] ?? given) : given;
  const checks = smoke.map(({ path, status, json }) => ({
    path,
    status,
    json: Object.fromEntries(Object.entries(json).map(([key, each]) => [key, value(each)])),
  }));
  return JSON.stringify({ timeout: seconds(smokeTimeout), checks });
}
