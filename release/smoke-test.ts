import { z } from "zod";
import { askedAs, describeAnswer, fetchFrom, type Fetched } from "./probe.js";
import type { ProxySession } from "./proxy-session.js";
import type { StepContext } from "./step-context.js";

/** The smoke test as the program hands it to a step. */
const smokeTest = z.object({
  /** Seconds for all of it. */
  timeout: z.number(),
  checks: z.array(
    z.object({
      path: z.string(),
      status: z.number(),
      json: z.record(z.string(), z.unknown()),
    }),
  ),
});
export type SmokeTest = z.output<typeof smokeTest>;
type Check = SmokeTest["checks"][number];

/** The smoke test of a step; undefined where the settings have none. */
export function smokeTestOf({ environment }: Pick<StepContext, "environment">) {
  const text = environment["CHECKS"];
  return text === undefined ? undefined : smokeTest.parse(JSON.parse(text));
}

/** Who is asked: a URL without a path, and the `<host>:<port>` that is connected to instead. */
export interface Asked {
  readonly base: string;
  readonly through?: string;
}

/** What is wrong with the answers, a line each. */
export async function smokeProblems(
  context: StepContext,
  session: ProxySession,
  { timeout, checks }: SmokeTest,
  asked: Asked,
): Promise<string[]> {
  const began = context.now();
  const problems: string[] = [];
  for (const check of checks) {
    const left = timeout - (context.now() - began) / 1000;
    if (left <= 0) {
      problems.push(`${check.path}: the ${String(timeout)} s for all checks were over`);
      continue;
    }
    const { host, scheme } = askedAs(context);
    const headers = asked.through === undefined ? { Host: host, "X-Forwarded-Proto": scheme } : {};
    const { base, ...rest } = asked;
    const request = { url: `${base}${check.path}`, headers, seconds: left, ...rest };
    const fetched = await fetchFrom(session, request);
    const problem =
      typeof fetched === "string" ? `is not answered: ${fetched}` : wrongIn(fetched, check);
    if (problem !== undefined) problems.push(`${check.path} ${problem}`);
  }
  return problems;
}

function wrongIn(fetched: Fetched, { status, json }: Check): string | undefined {
  if (fetched.status !== status) {
    return `answers ${describeAnswer(fetched)}, not ${String(status)}`;
  }
  const answer = parsed(fetched.body);
  const wrong = Object.entries(json).flatMap(([path, value]) => {
    const got = valueAt(answer, path.split("."));
    return JSON.stringify(got) === JSON.stringify(value)
      ? []
      : [
          `${path} is ${got === undefined ? "missing" : JSON.stringify(got)}, not ${JSON.stringify(value)}`,
        ];
  });
  return wrong.length === 0
    ? undefined
    : `answers ${describeAnswer(fetched)}, in which ${wrong.join(", ")}`;
}

function valueAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  if (typeof value !== "object" || value === null) return undefined;
  return valueAt((value as Readonly<Record<string, unknown>>)[key], rest);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: none of the values is there.
    return undefined;
  }
}
