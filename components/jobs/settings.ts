import { z } from "zod";
import { cronIn } from "#lib/cron";
import { duration, durationUpTo } from "#lib/duration";
import { argument, secretName, slug, urlPath } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { problemText } from "#lib/settings";
import { timeZone } from "#lib/time-zone";

const headerName = z
  .string()
  .regex(
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/,
    problemText("is not the name of a header", "use letters, digits and hyphens"),
  );

const headerValue = inClear(
  z
    .string()
    .regex(
      /^[\t\x20-\x7e]*$/,
      problemText("is not the value of a header", "write it in ASCII, in one line"),
    ),
  "the list of jobs is no secret",
  "name a secret in http.bearerSecret",
);

const http = z.strictObject({
  method: z
    .enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    .default("POST")
    .describe("Method of the request."),
  path: urlPath.describe("Path that is asked, of the app or of `service`; not through the proxy."),
  headers: z
    .record(headerName, headerValue)
    .default({})
    .describe("Further headers; `Host` is the first of `proxy.domains` where none is named."),
  bearerSecret: secretName
    .optional()
    .describe(
      "Name of the secret that is sent as `Authorization: Bearer …`; it is read from a file.",
    ),
  expect: z
    .array(z.int().min(200).max(599))
    .min(1)
    .optional()
    .describe("Statuses that are a success. Default: any 2xx. A redirect is not followed."),
});

const alert = z.strictObject({
  failures: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe("Runs in a row that failed, of which an alert is delivered."),
  staleAfter: duration
    .optional()
    .describe("Time without a successful run, of which an alert is delivered. Default: none is."),
});

/** A command or a request to the application, on a schedule. */
export const jobSettings = z.strictObject({
  schedule: cronIn("`timeZone`").describe(
    "When it runs, in `timeZone`: five cron fields (minute, hour, day, month, weekday), or seven with seconds and year.",
  ),
  timeZone: timeZone
    .default("UTC")
    .describe(
      "Time zone of `schedule`. On a day on which the clock is changed, what has an hour runs once all the same.",
    ),
  command: z
    .array(argument)
    .min(1)
    .optional()
    .describe(
      "Command to run in the image of the app, or of `service`, one list item per argument; no shell is between. Either this or `http`.",
    ),
  http: http.optional().describe("Request to the app, or to `service`, instead of a command."),
  timeout: durationUpTo("24h")
    .default("1h")
    .describe("How long one attempt may take; then it gets SIGTERM, and SIGKILL 10 s later."),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe("Further attempts of a run that failed, after 1 s, 2 s, 4 s … up to a minute."),
  overlap: z
    .enum(["forbid", "allow", "replace"])
    .default("forbid")
    .describe(
      "What happens at a time of the schedule while the run before goes on. forbid: it is skipped. allow: both run. replace: the one before is ended.",
    ),
  service: slug
    .optional()
    .describe(
      "Service whose image, environment, secrets, volumes and limits it has. Default: the app's.",
    ),
  heartbeatSecret: secretName
    .optional()
    .describe(
      "Name of the secret with the URL of a watcher (as healthchecks.io has it), which is pinged at each start, success and failure.",
    ),
  alert: alert.prefault({}).describe("When `monitoring` delivers an alert."),
});
export type JobSettings = z.output<typeof jobSettings>;

/** The jobs of a stack by their names. */
export const jobsSettings = z.record(slug, jobSettings);
export type JobsSettings = z.output<typeof jobsSettings>;
