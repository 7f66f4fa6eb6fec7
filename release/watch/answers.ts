import { z } from "zod";

/** HAProxy's table of answers. */
export const watchTable = "watch";

const partAnswers = z.object({
  /** First part of the path, such as `/api`. */
  part: z.string(),
  requests: z.number(),
  /** 4xx. */
  refused: z.number(),
  /** 5xx, those that broke off, and those that the version before gave in the place of the one that was asked first. */
  errors: z.number(),
  /** Those that began later than the settings allow; none where they say nothing of it. */
  slow: z.number().default(0),
});

/** Answers to the requests to one part of a site. */
export type PartAnswers = Readonly<z.output<typeof partAnswers>>;

type Counted = "requests" | "refused" | "errors" | "slow";

/** The same of one client. */
export interface Answers extends PartAnswers {
  readonly client: string;
}

/** A table of HAProxy at one moment: since it began, and within the last minute. */
export interface Looked {
  readonly total: readonly Answers[];
  readonly lastMinute: readonly Answers[];
}

/** The table, as `show table` prints it; its keys are `<client>|<first part of the path>`. */
export function answersIn(text: string): Looked {
  const rows = text.split("\n").flatMap((line) => {
    const key = / key=(.*?) use=\d+ /.exec(line)?.[1];
    if (key === undefined) return [];
    const at = key.indexOf("|");
    const of = { client: key.slice(0, at), part: `/${key.slice(at + 1)}` };
    const field = (name: string) =>
      Number(new RegExp(` ${name}(?:\\(\\d+\\))?=(\\d+)`).exec(line)?.[1] ?? 0);
    const counted = (suffix: string) => ({
      ...of,
      requests: field(`http_req_${suffix}`),
      refused: field(`http_err_${suffix}`),
      errors: field(`http_fail_${suffix}`) + field(suffix === "rate" ? "gpc0_rate" : "gpc0"),
      slow: field(suffix === "rate" ? "gpc1_rate" : "gpc1"),
    });
    return [{ total: counted("cnt"), lastMinute: counted("rate") }];
  });
  return {
    total: rows.map(({ total }) => total),
    lastMinute: rows.map(({ lastMinute }) => lastMinute),
  };
}

/** Returns the number of requests of some clients that were answered by another server than the one that they were given to first. */
export function answeredByOthers(text: string, clients: readonly string[]): number {
  return text.split("\n").reduce((sum, line) => {
    const [, client = "", count = "0"] = / key=([^|]*)\|.* use=\d+ .*\bgpc0=(\d+)/.exec(line) ?? [];
    return clients.includes(client) ? sum + Number(count) : sum;
  }, 0);
}

/** Returns the answers between two looks. One whose entry was forgotten meanwhile started over. */
export function answersSince(before: readonly Answers[], now: readonly Answers[]): Answers[] {
  const known = new Map(before.map((each) => [keyOf(each), each]));
  return now.flatMap((each) => {
    const old = known.get(keyOf(each));
    const same = old !== undefined && old.requests <= each.requests;
    const more = same
      ? {
          ...each,
          requests: each.requests - old.requests,
          // A request that was in progress at the first look is counted in it, and its answer after it.
          refused: between(each.refused - old.refused, each.requests - old.requests),
          errors: between(each.errors - old.errors, each.requests - old.requests),
          slow: between(each.slow - old.slow, each.requests - old.requests),
        }
      : each;
    return more.requests === 0 ? [] : [more];
  });
}

/** The answers to all clients. */
export function byPart(answers: readonly Answers[]): PartAnswers[] {
  const parts = new Map<string, PartAnswers>();
  for (const { part, requests, refused, errors, slow } of answers) {
    const sum = parts.get(part) ?? { part, requests: 0, refused: 0, errors: 0, slow: 0 };
    parts.set(part, {
      part,
      requests: sum.requests + requests,
      refused: sum.refused + refused,
      errors: sum.errors + errors,
      slow: sum.slow + slow,
    });
  }
  return [...parts.values()];
}

/**
 * Answers within the last minute, without those that were counted before what serves now took the traffic.
 * @param takeover what had been counted then
 */
export function recent({ total, lastMinute }: Looked, takeover: readonly PartAnswers[]) {
  const before = new Map(takeover.map((each) => [each.part, each]));
  const since = byPart(total).map((each): [string, PartAnswers] => {
    const old = before.get(each.part);
    // HAProxy forgets clients that do not come again, and all of them when it restarts.
    if (old === undefined || old.requests > each.requests) return [each.part, each];
    const more = (key: Counted) => Math.max(0, each[key] - old[key]);
    return [
      each.part,
      {
        part: each.part,
        requests: more("requests"),
        refused: more("refused"),
        errors: more("errors"),
        slow: more("slow"),
      },
    ];
  });
  const known = new Map(since);
  return byPart(lastMinute).flatMap((each): PartAnswers[] => {
    const own = known.get(each.part) ?? each;
    const least = (key: Counted) => Math.min(each[key], own[key]);
    const requests = least("requests");
    if (requests === 0) return [];
    const [refused, errors, slow] = [least("refused"), least("errors"), least("slow")];
    return [{ part: each.part, requests, refused, errors, slow }];
  });
}

/** Answers that a step has written down as JSON; none where it has not. */
export function partsIn(text: string): PartAnswers[] {
  return text.trim() === "" ? [] : z.array(partAnswers).parse(JSON.parse(text));
}

const between = (count: number, most: number) => Math.min(Math.max(0, count), most);
const keyOf = ({ client, part }: Answers) => `${client}|${part}`;
