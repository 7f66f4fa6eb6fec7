import { SourceFailure, jsonObject, type SourceContext } from "./source.js";
import { pauseBefore, retryAfter } from "./wait.js";

/** A request to a source. */
export interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Body, sent as JSON by POST; without it the request is a GET. */
  readonly body?: object;
  /** Variable with the credential, for the message that it was refused. */
  readonly credential: string;
}

/**
 * The JSON object that a source answers with; undefined for 404. Rate limits, faults of the server and connections that
 * break are tried again until the deadline.
 *
 * @throws SourceFailure without anything of the answer's body, which may hold values
 */
export async function askApi(
  request: Request,
  context: SourceContext,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const host = new URL(request.url).host;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await send(request, context, host);
    if (answer instanceof Error) {
      await pauseBefore(attempt, context, `can't be reached at ${host} (${answer.message})`);
      continue;
    }
    const { status } = answer;
    if (status === 404) return undefined;
    if (status === 401 || status === 403) {
      const wrong = `refuses ${request.credential} (${host} answers ${String(status)})`;
      throw new SourceFailure(
        wrong,
        "see that it is valid and may read these secrets, or renew it",
      );
    }
    if (answer.ok) return jsonObject(answer.body, `the answer of ${host}`);
    if (status !== 429 && status < 500) {
      throw new SourceFailure(`is answered ${String(status)} by ${host}`, "correct its settings");
    }
    const why = status === 429 ? `limits the rate of requests` : `answers ${String(status)}`;
    await pauseBefore(attempt, context, `${host} ${why}`, answer.retryAfter);
  }
}

async function send({ url, headers, body }: Request, { deadline }: SourceContext, host: string) {
  const left = deadline - Date.now();
  if (left <= 0) throw late(host);
  try {
    const answer = await fetch(url, {
      headers: { Accept: "application/json", ...headers, ...(body && json) },
      ...(body && { method: "POST", body: JSON.stringify(body) }),
      // A credential goes to the host of the settings alone.
      redirect: "error",
      signal: AbortSignal.timeout(left),
    });
    const { ok, status } = answer;
    return {
      ok,
      status,
      body: await answer.text(),
      retryAfter: retryAfter(answer.headers.get("Retry-After")),
    };
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") throw late(host);
    return new Error(reason(error));
  }
}

const json = { "Content-Type": "application/json" };

function late(host: string): SourceFailure {
  return new SourceFailure(
    `has no answer from ${host} in time`,
    "see that it can be reached from here",
  );
}

/** `fetch failed` has its reason in its cause. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return (cause as NodeJS.ErrnoException).code ?? cause.message;
  return error instanceof Error ? error.message : String(error);
}
