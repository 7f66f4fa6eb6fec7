import { z } from "zod";
import { argument, urlPath } from "#lib/identifiers";
import { healthTimes } from "#workload/settings";

/** Settings of a container's health and readiness. */
export const healthSettings = z.strictObject({
  path: urlPath
    .optional()
    .describe(
      "Path that answers 200 while the process is well; the container's healthcheck asks it. Default: `/health`.",
    ),
  readyPath: urlPath
    .optional()
    .describe(
      "Path that answers 200 while it can serve; the proxy asks it. Default: the same path.",
    ),
  statuses: z
    .array(z.int().min(200).max(499))
    .min(1)
    .optional()
    .describe(
      "Statuses that count as well at both paths. Default: any 2xx. Redirects are not followed.",
    ),
  test: z
    .enum(["http", "image", "outside"])
    .optional()
    .describe(
      "Docker's healthcheck in the container. `http`: wget or curl requests `path`. `image`: the image's own HEALTHCHECK. `outside`: none, for an image without a shell; the proxy checks the app from outside in any case. Default: `image` where the image has one and neither `path` nor `command` is set, else `http`.",
    ),
  command: z
    .array(argument)
    .min(1)
    .optional()
    .describe("Command to run in the container instead of asking `path` with wget or curl."),
  ...healthTimes(),
});
export type HealthSettings = z.output<typeof healthSettings>;

/** Path that says whether the process is well. */
export function healthPath({ path }: Pick<HealthSettings, "path">): string {
  return path ?? "/health";
}
