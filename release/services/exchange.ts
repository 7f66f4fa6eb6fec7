import { giveUp } from "../give-up.js";
import { wordsOf } from "../parameters.js";
import { withProxy, type StackProxy } from "../proxy.js";
import type { Converse } from "../proxy-session.js";
import type { StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import { serviceContainers, takeDown } from "./containers.js";
import { servicesOf, type DescribedService } from "./described.js";
import { liveNow, started } from "./start.js";

/** Puts the release's exclusive services in the place of those of before, one after the other. */
export function servicesExchange(context: StepContext, converse?: Converse): Promise<void> {
  return withProxy(context, converse, async (proxy) => {
    await proxy.record((records) => records.resume());
    await exchangeExclusive(context, proxy);
  });
}

/**
 * The same as a part of another step. Every other container of such a service has ended before the new one starts:
 * whatever made it, and whatever state a run that was killed has left. Where the new one fails, the release is given
 * up, and what is in service starts again.
 * @param again they have been seen healthy before, so those that run need not run for a while again
 * @throws StepFailure of a release given up
 */
export async function exchangeExclusive(
  context: StepContext,
  proxy: StackProxy,
  again = false,
): Promise<void> {
  const live = await liveNow(proxy);
  for (const service of servicesOf(context).filter(({ exclusive }) => exclusive)) {
    const [container = ""] = service.containers;
    const isLive = live.has(container);
    const reason = await exchange(context, { service, container }, { isLive, again });
    if (reason === undefined) continue;
    const containers = wordsOf(context, "CONTAINERS");
    throw await giveUp(context, proxy, { containers, failed: [container], reason });
  }
}

/** @returns why it failed; undefined where the new one is healthy */
async function exchange(
  context: StepContext,
  wanted: { readonly service: DescribedService; readonly container: string },
  how: { readonly isLive: boolean; readonly again: boolean },
): Promise<string | undefined> {
  const { service, container } = wanted;
  try {
    const others = (await serviceContainers(context)).filter(
      (each) => each.isUp && each.service === service.name && each.id !== container,
    );
    for (const { id, name } of others) await takeDown(context, id, name);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return `services.${service.name}: ${error.message}`;
  }
  const { reason } = await started(context, wanted, how);
  return reason;
}
