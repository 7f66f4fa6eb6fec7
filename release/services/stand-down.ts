import type { StackProxy } from "../proxy.js";
import type { StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import { bringUp, serviceContainers, takeDown } from "./containers.js";
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
    const strays = all.filter(({ id, isUp }) => isUp && !live.has(id));
    await Promise.all(strays.map(({ id, name }) => takeDown(context, id, name)));
    for (const { id, name } of all.filter((each) => live.has(each.id) && !each.isUp)) {
      await bringUp(context, id, name);
      context.say(`${name} is started again: it goes on as before the release`);
    }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    context.say(
      `THE SERVICES MAY NOT BE AS THEY WERE BEFORE THE RELEASE: ${error.message}; run keelson up once that is mended`,
    );
  }
}

/** Stops what the release that is live now has replaced or no longer has, each in its own time, all at once. */
export async function stopReplaced(context: StepContext, proxy: StackProxy): Promise<void> {
  const all = await serviceContainers(context);
  const live = liveIds(await proxy.run(readLive));
  const replaced = all.filter(({ id, isUp }) => isUp && !live.has(id));
  await Promise.all(replaced.map(({ id, name }) => takeDown(context, id, name)));
}
