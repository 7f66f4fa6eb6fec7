import { z } from "zod";
import { askedAs, describeAnswer, fetchFrom, type Fetched, type Request } from "./probe.js";
import type { ProxySession } from "./proxy-session.js";
import { stillWanted, type StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** The smoke test as the program hands it to a step. */
const smokeTest = z.object({
  /** Seconds for all of it. */
  timeout: z.number(),
  checks: z.array(
    z.object({
      path: z.string(),
      method: z.string(),
      headers: z.record(z.string(), z.string()),
      /** Name of the header to the secret's. */
      secretHeaders: z.record(z.string(), z.string()),
      body: z.string().optional(),
      status: z.array(z.number()),
      json: z.record(z.string(), z.unknown()),
      text: z.string().optional(),
      answerHeaders: z.record(z.string(), z.string()),
      retries: z.number(),
      retryPauseSeconds: z.number(),
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

/** The address to ask: a URL without a path, and the `<host>:<port>` that is connected to instead. */
export interface Asked {
  readonly base: string;
  readonly through?: string;
}

/** Returns the problems of the answers, a line each; no secret stands in one. */
export async function smokeProblems(
  context: StepContext,
  session: ProxySession,
  { timeout, checks }: SmokeTest,
  asked: Asked,
): Promise<string[]> {
  const end = context.now() + timeout * 1000;
  const over = `the ${String(timeout)} s for all checks were over`;
  const secrets = secretsOf(context);
  const problems: string[] = [];
  for (const check of checks) {
    const problem = await tried(context, check, end, (seconds) =>
      fetchFrom(session, requestOf(context, check, { ...asked, seconds, secrets })),
    );
    if (problem === undefined) continue;
    const text = problem === "" ? `: ${over}` : ` ${problem}`;
    const method = check.method === "GET" ? "" : `${check.method} `;
    problems.push(hideSecrets(`${method}${check.path}${text}`, secrets));
  }
  return problems;
}

/** Returns the problem of an answer that has its retries; "" where there was no time to ask. */
async function tried(
  context: StepContext,
  check: Check,
  end: number,
  ask: (seconds: number) => Promise<Fetched | string>,
): Promise<string | undefined> {
  const { retries, retryPauseSeconds } = check;
  let problem = "";
  for (let attempt = 0; attempt <= retries; attempt++) {
    if (attempt > 0) {
      stillWanted(context);
      await context.wait(retryPauseSeconds * 1000);
    }
    const left = (end - context.now()) / 1000;
    if (left <= 0) return problem;
    const fetched = await ask(left);
    const wrong =
      typeof fetched === "string" ? `is not answered: ${fetched}` : wrongIn(fetched, check);
    if (wrong === undefined) return undefined;
    problem = `${wrong}${attempt === 0 ? "" : ` (asked ${String(attempt + 1)} times)`}`;
  }
  return problem;
}

function requestOf(
  context: StepContext,
  check: Check,
  { base, through, seconds, secrets }: Asked & { seconds: number; secrets: Secrets },
): Request {
  const { host, scheme } = askedAs(context);
  const usual = through === undefined ? { Host: host, "X-Forwarded-Proto": scheme } : {};
  const own = { ...check.headers, ...secretHeaders(check, secrets) };
  const named = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const rest = Object.entries(usual).filter(([name]) => !named.has(name.toLowerCase()));
  return {
    url: `${base}${check.path}`,
    method: check.method,
    headers: { ...Object.fromEntries(rest), ...own },
    seconds,
    ...(check.body === undefined ? {} : { body: check.body }),
    ...(through === undefined ? {} : { through }),
    wantsHeaders: Object.keys(check.answerHeaders).length > 0,
  };
}

type Secrets = Readonly<Record<string, string>>;

function secretsOf({ environment }: StepContext): Secrets {
  return z.record(z.string(), z.string()).parse(JSON.parse(environment["SMOKE_SECRETS"] ?? "{}"));
}

/** @throws StepFailure where a secret has no value: an optional one */
function secretHeaders({ path, secretHeaders: named }: Check, secrets: Secrets): Secrets {
  const pairs = Object.entries(named).map(([header, name]) => {
    const value = secrets[name];
    if (value !== undefined) return [header, value.trim()];
    throw new StepFailure(
      `smoke test: ${path} is asked with the secret ${name}, which has no value; set it, or remove it from release.smoke`,
    );
  });
  return Object.fromEntries(pairs) as Secrets;
}

/** An app may answer with what it was asked. */
function hideSecrets(text: string, secrets: Secrets): string {
  return Object.values(secrets).reduce(
    (hidden, secret) =>
      secret.trim() === "" ? hidden : hidden.replaceAll(secret.trim(), "[secret]"),
    text,
  );
}

function wrongIn(fetched: Fetched, check: Check): string | undefined {
  const { status, text } = check;
  if (!status.includes(fetched.status)) {
    return `answers ${describeAnswer(fetched)}, not ${status.map(String).join(" or ")}`;
  }
  const wrong = [
    ...wrongValues(fetched, check),
    ...(text === undefined || fetched.body.includes(text)
      ? []
      : [`the text ${JSON.stringify(text)} is missing`]),
    ...wrongHeaders(fetched, check),
  ];
  return wrong.length === 0
    ? undefined
    : `answers ${describeAnswer(fetched)}, in which ${wrong.join(", ")}`;
}

function wrongValues({ body }: Fetched, { json }: Check): string[] {
  const answer = parsed(body);
  return Object.entries(json).flatMap(([path, value]) => {
    const got = valueAt(answer, path.split("."));
    if (JSON.stringify(got) === JSON.stringify(value)) return [];
    const found = got === undefined ? "missing" : JSON.stringify(got);
    return [`${path} is ${found}, not ${JSON.stringify(value)}`];
  });
}

function wrongHeaders({ headers = {} }: Fetched, { answerHeaders }: Check): string[] {
  return Object.entries(answerHeaders).flatMap(([name, text]) => {
    const values = headers[name.toLowerCase()];
    if (values?.some((value) => value.includes(text)) === true) return [];
    const found = values === undefined ? "missing" : JSON.stringify(values.join(", "));
    return [`the header ${name} is ${found}, not with ${JSON.stringify(text)}`];
  });
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
