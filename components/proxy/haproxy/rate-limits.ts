import { z } from "zod";
import { durationUpTo, seconds } from "#lib/duration";
import { pathBeginning } from "#lib/identifiers";
import { countedAddress } from "./limits.js";
import { evasions, wholeParts } from "./paths.js";
import { answer } from "./text.js";

const rateLimit = z.strictObject({
  path: pathBeginning.describe(
    "Beginning of the path in whole parts: `/auth` is for /auth and /auth/login, `/` for all.",
  ),
  requests: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe("Requests that one address (of IPv6: one /64) may make; 429 and Retry-After beyond."),
  per: durationUpTo("1d").default("1m").describe("Time in which it may make them."),
});
export type RateLimit = z.output<typeof rateLimit>;

/** Limits of the requests of one address. */
export const rateLimitsSetting = z
  .array(rateLimit)
  // Each counts in up to 4 MiB of the proxy's memory.
  .max(10)
  .default([])
  .describe(
    "Rate limits per client address; a request counts towards every limit that matches it.",
  );

/** Counters that HAProxy has for one request without being told. */
const usualCounters = 3;
/** The first counter may be the connections'. */
const counterOf = (index: number) => index + 1;
/** The one after them counts for the watch over a release. */
export const watchCounter = (limits: readonly RateLimit[]) => limits.length + 1;
/** And the one after that for the histogram of a stack that is watched. */
export const latencyCounter = (limits: readonly RateLimit[]) => watchCounter(limits) + 1;
const tableOf = (index: number) => `rate-limit-${String(index + 1)}`;

/** Lines of the process. */
export function counterLines(limits: readonly RateLimit[], watched = false): string[] {
  const needed = (watched ? latencyCounter : watchCounter)(limits) + 1;
  return needed > usualCounters ? [`  tune.stick-counters ${String(needed)}`] : [];
}

/** True where some limit is for a part of the site, and needs `pathRules`. */
export function countsByPath(limits: readonly RateLimit[]): boolean {
  return limits.some(({ path }) => path !== "/");
}

/** Rules that follow `originRules` and `pathRules`: `src` is the client's address. What is refused is not counted. */
export function rateLimitRules(limits: readonly RateLimit[]): string[] {
  return [
    ...limits.flatMap(({ path }, index) => conditions(tableOf(index), path)),
    ...limits.flatMap((limit, index) => {
      const [name, counter] = [tableOf(index), String(counterOf(index))];
      const counted = limit.path === "/" ? "" : ` if ${name}`;
      // What is not tracked has no rate.
      const over = `if { sc_gpc_rate(0,${counter}) ge ${String(limit.requests)} }`;
      return [
        `  http-request track-sc${counter} ${countedAddress} table ${name}${counted}`,
        answer(429, "Too many requests, please try again later.", over, retryAfter(limit)),
      ];
    }),
    // Last, so that a request which one of them refuses is not counted by another.
    ...limits.map((_, index) => `  http-request sc-inc-gpc(0,${String(counterOf(index))})`),
  ];
}

function conditions(name: string, path: string): string[] {
  if (path === "/") return [];
  return [
    `  acl ${name} var(txn.path) -m beg -i ${wholeParts(path)}`,
    ...evasions.map((each) => `  acl ${name} ${each}`),
  ];
}

/** HAProxy's window slides; a single request stays in it for a second period. */
function retryAfter({ requests, per }: RateLimit): number {
  return seconds(per) * (requests === 1 ? 2 : 1);
}

/** The sections in which requests are counted. */
export function rateLimitTables(limits: readonly RateLimit[]): string[] {
  return limits.flatMap(({ per }, index) => [
    `backend ${tableOf(index)}`,
    `  stick-table type ipv6 size 20k expire ${String(seconds(per) * 2)}s store gpc(1),gpc_rate(1,${String(seconds(per))}s)`,
    "",
  ]);
}
