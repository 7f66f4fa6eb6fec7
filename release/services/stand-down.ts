import { usedHosts } from "../haproxy/servers.js";
import { leaveNames } from "../names.js";
import type { StackProxy } from "../proxy.js";
import { proxyFiles } from "../proxy-session.js";
import { stillWanted, type StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import { bringUp, serviceContainers, takeDown, type ServiceContainer } from "./containers.js";
import { liveIds, readLive } from "./live.js";

/**
 * Brings the services back to what is in service: what a release that failed has started stops, then what it has
 * stopped starts again. An exclusive one never runs twice, for the new one has ended before the old one starts.
 */
export async function standDown(context: StepContext, proxy: StackProxy): Promise<void> {
  if (proxy.container === undefined) return;
  try {
    const all = await serviceContainers(context);
    if (all.length === 0) return;
    const live = liveIds(await proxy.run(readLive));
    // What clients are on, as after a first release that failed, is nothing's to stop.
    const routed = usedHosts(await proxy.run((session) => session.read(proxyFiles.configuration)));
    const strays = all.filter(
      ({ id, isUp, name }) => isUp && !live.has(id) && !routed.includes(name),
    );
    const stay = await takeDownAll(context, strays, notAsBefore);
    for (const { id, name, service } of all.filter((each) => live.has(each.id) && !each.isUp)) {
      // Alongside one that does not stop it might be there twice.
      if (stay.has(service)) continue;
      await bringUp(context, id, name);
      context.say(`${name} is started again: it goes on as before the release`);
    }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    context.say(notAsBefore(error.message));
  }
}

/**
 * Stops what the release that is live now has replaced or no longer has, each in its own time, all at once. One that
 * does not stop is no reason to fail: the engine removes it at the end.
 */
export async function stopReplaced(context: StepContext, proxy: StackProxy): Promise<void> {
  const all = await serviceContainers(context);
  const live = liveIds(await proxy.run(readLive));
  const replaced = all.filter(({ id, isUp }) => isUp && !live.has(id));
  await takeDownAll(context, replaced, (reason) => `a container of before goes on: ${reason}`);
}

/** Stops containers, all at once. @returns the services of those that do not stop */
async function takeDownAll(
  context: StepContext,
  containers: readonly ServiceContainer[],
  complaint: (reason: string) => string,
): Promise<ReadonlySet<string>> {
  const stay = new Set<string>();
  await leaveNames(
    context,
    containers.map(({ id }) => id),
  );
  const stop = async ({ id, name, service }: ServiceContainer) => {
    try {
      await takeDown(context, id, name);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      stay.add(service);
      context.say(complaint(error.message));
    }
  };
  await Promise.all(containers.map(stop));
  stillWanted(context);
  return stay;
}

function notAsBefore(reason: string): string {
  return `THE SERVICES MAY NOT BE AS THEY WERE BEFORE THE RELEASE: ${reason}; run keelson up once that is mended`;
}
