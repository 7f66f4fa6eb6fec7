import { describeEnd, healthOf, inspect, tryInspect } from "./container.js";
import { placesIn } from "./haproxy/servers.js";
import { isFit, lookAtServers } from "./haproxy/state.js";
import { proxyFiles, type ProxySession } from "./proxy-session.js";
import { secondsSince, stillWanted, type StepContext } from "./step-context.js";

/** A container as it was before it took the traffic. */
export interface Start {
  readonly container: string;
  readonly startedAt: string;
  readonly restarts: number;
}

/** @throws StepFailure where one of them is gone */
export function startsOf(context: StepContext, containers: readonly string[]): Promise<Start[]> {
  return Promise.all(
    containers.map(async (container) => {
      const { State, RestartCount } = await inspect(context, container);
      return { container, startedAt: State.StartedAt, restarts: RestartCount };
    }),
  );
}

/**
 * Returns the problem of containers that have taken the traffic; undefined where there is none.
 * @param began instant of the context's clock when they took it
 */
export async function containerProblem(
  context: StepContext,
  starts: readonly Start[],
  began: number,
): Promise<string | undefined> {
  const elapsed = () => `${String(secondsSince(context, began))} s`;
  for (const { container, startedAt, restarts } of starts) {
    const found = await tryInspect(context, container);
    if (found === undefined) return `a container is gone after ${elapsed()}`;
    const { State, Name, RestartCount } = found;
    if (RestartCount > restarts || State.StartedAt !== startedAt || !State.Running) {
      const end = describeEnd(found);
      const how = end === undefined ? "it was started again" : `exit code ${end}`;
      return `${Name} has ended after ${elapsed()} (${how})`;
    }
    if (State.Health?.Status === "unhealthy") {
      const said = State.Health.Log.at(-1)?.Output.trim().slice(0, 300) ?? "";
      return `${Name} is ${healthOf(found)} after ${elapsed()}: ${said}`;
    }
  }
  return undefined;
}

/**
 * Looks at containers that have taken the traffic until that was so many seconds ago, and once in any case. It sees,
 * without a watch, a process that ends at its first requests, and Docker starts again and again.
 * @returns what is wrong, at once; undefined where they stay up
 */
export async function whyDown(
  context: StepContext,
  session: ProxySession,
  looked: { readonly starts: readonly Start[]; readonly began: number; readonly seconds: number },
): Promise<string | undefined> {
  const { starts, began, seconds } = looked;
  for (;;) {
    const problem = (await containerProblem(context, starts, began)) ?? (await atProxy(session));
    if (problem !== undefined || context.now() - began >= seconds * 1000) return problem;
    stillWanted(context);
    await context.wait(250);
  }
}

async function atProxy(session: ProxySession): Promise<string | undefined> {
  const states = await lookAtServers(session);
  const places = placesIn(await session.read(proxyFiles.configuration));
  const down = places.find((place) => place.used && !isFit(place, states));
  return down === undefined ? undefined : `the proxy's check of ${down.host} fails`;
}
