import { healthPath } from "#components/app/health-settings";
import { request as http } from "node:http";
import { request as https } from "node:https";
import type { AppSettings } from "#components/app/settings";
import { Failure } from "../../io/failure.js";
import { poll, withProgress, type Say } from "../../io/progress.js";

/** The result of a request: a status, or the reason why there is none. */
export type Answer = { readonly status: number } | { readonly error: string };

/** True where an answer shows that the app can serve. @param statuses that are good; undefined: any 2xx */
export function isUp(answer: Answer, statuses?: readonly number[]): boolean {
  if (!("status" in answer)) return false;
  const { status } = answer;
  return statuses?.includes(status) ?? (status >= 200 && status < 300);
}

/** Health settings of an app, as far as they concern requests. */
export type AppHealth = Pick<AppSettings["health"], "path" | "readyPath" | "statuses">;

/**
 * Waits until the app answers at its ready path: it need not have anything at `/`.
 * @param site its URL @param address the proxy's own, which is connected to
 * @throws Failure
 */
export async function waitForApp(
  site: string,
  address: string,
  health: AppHealth,
  say: Say,
  deadlineMs = 90_000,
): Promise<void> {
  const url = new URL(health.readyPath ?? healthPath(health), site).href;
  let last: Answer = { error: "it was not asked" };
  const ask = async () => {
    last = await get(url, address);
    return isUp(last, health.statuses) ? true : undefined;
  };
  const work = poll(ask, deadlineMs);
  if (await withProgress(say, "waiting for the app", work)) return;
  throw new Failure(
    `The app does not answer at ${url} after ${Math.round(deadlineMs / 1000)} s ` +
      `(the last answer: ${answerText(last)}); see \`docker logs\` of the app's container.`,
  );
}

/** One GET, without following redirects; a self-signed certificate is as good as any here. */
export function get(url: string, address: string): Promise<Answer> {
  const target = new URL(url);
  const secure = target.protocol === "https:";
  const host = address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
  const options = {
    host,
    port: target.port === "" ? (secure ? 443 : 80) : Number(target.port),
    path: `${target.pathname}${target.search}`,
    headers: { host: target.host },
    timeout: 5000,
  };
  return new Promise((resolve) => {
    const sent = secure
      ? https({ ...options, servername: target.hostname, rejectUnauthorized: false })
      : http(options);
    sent.on("response", (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer within 5 s")));
    sent.on("error", (error) => {
      resolve({ error: error.message });
    });
    sent.end();
  });
}

function answerText(answer: Answer): string {
  return "status" in answer ? `HTTP ${answer.status}` : answer.error;
}
