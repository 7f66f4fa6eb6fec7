import { z } from "zod";
import { durationUpTo, seconds } from "#lib/duration";
import { urlPath, variableName } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { withFacts, type Facts } from "#lib/placeholders";
import { problemText } from "#lib/settings";

/** Of an answer. */
function answered<T extends z.ZodType>(schema: T): T {
  return inClear(
    schema,
    "everybody who asks for the same path gets the same answer",
    "expect a value that is no secret",
  );
}

const expected = answered(z.union([z.string(), z.number(), z.boolean(), z.null()]));
const status = z.int().min(100).max(599);
const headerName = z
  .string()
  .regex(
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/,
    problemText("is not the name of a header", "write it as in a request, such as Accept-Language"),
  );
const headerValue = z
  .string()
  .regex(/^[^\r\n\0]*$/, problemText("is not the value of a header", "write it on one line"));

/** One question of the smoke test, and the answer that it has to have. */
export const smokeCheck = z.strictObject({
  path: urlPath.describe("Path of the request."),
  method: z
    .enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    .default("GET")
    .describe(
      "HTTP method. Each request is sent at least twice: to each new container, and through the proxy.",
    ),
  headers: z
    .record(headerName, headerValue)
    .default({})
    .describe("Headers of the request, such as `Content-Type` or `Host`."),
  secretHeaders: z
    .record(headerName, variableName)
    .default({})
    .describe("Headers whose value is a secret: name of the header to a name from `secrets`."),
  body: inClear(
    z.string(),
    "a check stands in the state and in the release's record",
    "take a request without one; a header may be a secret, by secretHeaders",
  )
    .optional()
    .describe("Body of the request."),
  status: z
    .union([status, z.array(status).min(1)])
    .default(200)
    .describe("Expected status, or a list of them. Redirects are not followed."),
  json: z
    .record(z.string().min(1), expected)
    .default({})
    .describe(
      "Expected values in the JSON response, by dotted path; `$version`, `$gitSha`, `$domain`, `$url` and `$environment` stand for those deployed.",
    ),
  text: answered(z.string().min(1))
    .optional()
    .describe("Text that the body must contain, `$version` and the like as above."),
  answerHeaders: z
    .record(headerName, answered(z.string()))
    .default({})
    .describe("Text that a response header must contain, by the header's name."),
  retries: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe("Retries of a failed request, within `smokeTimeout`."),
  retryPause: durationUpTo("1h").default("1s").describe("Pause before each retry."),
});
export type SmokeCheck = z.output<typeof smokeCheck>;

/** Facts about the release that are passed to the app, to compare its answers with. */
export interface Deployed {
  readonly version: string;
  readonly gitSha: string;
}

/**
 * The smoke test as JSON, as release/smoke-test.ts reads it. No secret stands in it.
 * @param timeoutSeconds for all of it
 */
export function smokeInput(
  smoke: readonly SmokeCheck[],
  timeoutSeconds: number,
  facts: Deployed & Partial<Facts>,
): string {
  const value = (given: z.output<typeof expected>) =>
    typeof given === "string" ? withFacts(given, facts) : given;
  const checks = smoke.map(({ retryPause, status: statuses, text, ...check }) => ({
    ...check,
    status: [statuses].flat(),
    retryPauseSeconds: seconds(retryPause),
    json: Object.fromEntries(Object.entries(check.json).map(([key, each]) => [key, value(each)])),
    text: text === undefined ? undefined : withFacts(text, facts),
  }));
  return JSON.stringify({ timeout: timeoutSeconds, checks });
}

/** Returns the secrets that the smoke test names: the setting's path, and the secret's name. */
export function smokeSecrets(smoke: readonly SmokeCheck[]): [path: string, name: string][] {
  return smoke.flatMap(({ secretHeaders }, index) =>
    Object.entries(secretHeaders).map(([header, name]): [string, string] => [
      `release.smoke[${String(index)}].secretHeaders.${header}`,
      name,
    ]),
  );
}
