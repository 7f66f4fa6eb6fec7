import { z } from "zod";
import { duration, latency } from "#lib/duration";
import { smokeCheck } from "./smoke.js";

/** Settings of a release: its gates, and the conditions under which it is taken back. */
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
      latency: z
        .strictObject({
          limit: latency.describe(
            "Time until a response begins beyond which it is slow: `500ms`, `2s`.",
          ),
          maxShare: z
            .number()
            .min(0)
            .max(1)
            .default(0.05)
            .describe(
              "Maximum excess of the share of slow responses over that of the version before: 0.05 is one in twenty.",
            ),
        })
        .optional()
        .describe("Rollback for slow responses. Default: latency is not evaluated."),
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
