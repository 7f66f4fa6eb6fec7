// How a stack is seen from outside while something goes wrong in it.
import { ask } from "./app.js";
import { until } from "./docker.js";
import { traffic } from "./traffic.js";
import { http2Traffic } from "./traffic-http2.js";

/** Ports of a stack that serves in every way. */
export interface Ports {
  readonly http: number;
  readonly https: number;
  readonly tcp: number;
}

/** Clients of every kind, over HTTP/2 too, until they are stopped. */
export function clients(ports: Ports) {
  const [some, others] = [traffic(ports), http2Traffic(ports.https)];
  return async () => {
    const [seen, http2] = [await some.stop(), await others.stop()];
    if (http2.answered < 10) throw new Error(`only ${http2.answered} answers over HTTP/2`);
    return { failed: [...seen.failed, ...http2.failed], versions: new Set(seen.versions) };
  };
}

/** The version that answers; undefined when none does. */
export async function liveVersion(port: number): Promise<string | undefined> {
  const answer = await ask(port, "/version").catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  return (JSON.parse(answer.body) as { version: string }).version;
}

/** Seconds until an answer is there, from a version where one is named. A request that hangs keeps no other. */
export async function secondsUntilServed(port: number, version?: string): Promise<number> {
  const began = performance.now();
  let served: number | undefined;
  await until(
    `${version ?? "any version"} answers`,
    () => {
      void liveVersion(port).then((found) => {
        if (found !== undefined && (version ?? found) === found) served ??= performance.now();
      });
      return Promise.resolve(served !== undefined);
    },
    120,
  );
  return ((served ?? began) - began) / 1000;
}
