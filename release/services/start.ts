import { inspect } from "../container.js";
import { giveUp } from "../give-up.js";
import { wordsOf } from "../parameters.js";
import { withProxy, type StackProxy } from "../proxy.js";
import type { Converse } from "../proxy-session.js";
import { stillWanted, type StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import { bringUp, serviceContainers } from "./containers.js";
import { servicesOf, type DescribedService } from "./described.js";
import { liveIds, readLive } from "./live.js";
import { startOf, whyUnhealthy } from "./works.js";

/**
 * Starts the release's services that may run alongside those of before, and waits until all of them are healthy. An
 * exclusive one is among them where none of before is there: nothing is exchanged, and the app may need it to be ready.
 */
export function servicesStart(context: StepContext, converse?: Converse): Promise<void> {
  return withProxy(context, converse, async (proxy) => {
    await proxy.record((records) => records.resume());
    await startAlongside(context, proxy);
  });
}

/**
 * The same as a part of another step, which sees to what has been stopped since.
 * @param again they have been seen healthy before, so those that run need not run for a while again
 * @throws StepFailure of a release given up
 */
export async function startAlongside(
  context: StepContext,
  proxy: StackProxy,
  again = false,
): Promise<void> {
  const live = await liveNow(proxy);
  const services = await withoutOld(context, live);
  const wanted = services.flatMap((service) =>
    service.containers.map((container) => ({ service, container })),
  );
  const looked = await Promise.all(
    wanted.map((each) => started(context, each, { isLive: live.has(each.container), again })),
  );
  const failed = looked.filter((each) => each.reason !== undefined);
  const [first] = failed;
  if (first === undefined) return;
  throw await giveUp(context, proxy, {
    containers: wordsOf(context, "CONTAINERS"),
    failed: failed.map(({ container }) => container),
    reason: first.reason ?? "",
  });
}

/** Services that are not exclusive, and those of which no other container runs or is in service. */
async function withoutOld(
  context: StepContext,
  live: ReadonlySet<string>,
): Promise<readonly DescribedService[]> {
  const services = servicesOf(context);
  if (!services.some(({ exclusive }) => exclusive)) return services;
  const there = (await serviceContainers(context)).filter(({ id, isUp }) => isUp || live.has(id));
  return services.filter(
    ({ name, exclusive, containers }) =>
      !exclusive || there.every(({ id, service }) => service !== name || containers.includes(id)),
  );
}

/** Ids of the containers that are in service; none before there is a proxy. */
export async function liveNow(proxy: StackProxy): Promise<ReadonlySet<string>> {
  return proxy.container === undefined ? new Set() : liveIds(await proxy.run(readLive));
}

interface Looked {
  readonly container: string;
  /** The reason why it is not healthy; undefined where it is. */
  readonly reason: string | undefined;
}

/**
 * Starts a container, unless it runs, and waits until it is healthy. One that is in service and runs is not touched:
 * how it does is no matter of this release.
 */
export async function started(
  context: StepContext,
  { service, container }: { readonly service: DescribedService; readonly container: string },
  { isLive, again }: { readonly isLive: boolean; readonly again: boolean },
): Promise<Looked> {
  stillWanted(context);
  try {
    const { Name, State } = await inspect(context, container);
    const isUp = State.Running || State.Status === "restarting";
    if (isLive && isUp) return { container, reason: undefined };
    const start = await startOf(context, service, container);
    if (!isUp) await bringUp(context, container, Name);
    await start.limit();
    const settleSeconds = isUp && again ? 0 : service.settleSeconds;
    const reason = await whyUnhealthy(context, { ...service, settleSeconds }, start);
    if (reason === undefined && !isUp) context.say(`${Name} is healthy`);
    return { container, reason };
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { container, reason: `services.${service.name}: ${error.message}` };
  }
}
