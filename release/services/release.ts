import type { StackProxy } from "../proxy.js";
import type { StepContext } from "../step-context.js";
import { servicesOf } from "./described.js";
import { exchangeExclusive } from "./exchange.js";
import { liveIds, readLive, writeLive } from "./live.js";
import { stopReplaced } from "./stand-down.js";
import { startAlongside } from "./start.js";

/**
 * Sees that the release's services run, as its steps before have left them: what has been stopped since is started.
 * @returns ids of those containers that the release puts into service
 * @throws StepFailure of a release given up
 */
export async function newServices(context: StepContext, proxy: StackProxy): Promise<string[]> {
  const services = servicesOf(context);
  if (services.length === 0) return [];
  await startAlongside(context, proxy, true);
  await exchangeExclusive(context, proxy, true);
  const live = liveIds(await proxy.run(readLive));
  return services.flatMap(({ containers }) => containers).filter((id) => !live.has(id));
}

/** Puts the release's services into service, and stops those of before. */
export async function servicesLive(context: StepContext, proxy: StackProxy): Promise<void> {
  const entries = servicesOf(context).map(({ name, containers }) => [name, containers] as const);
  await writeLive(proxy, Object.fromEntries(entries));
  await stopReplaced(context, proxy);
}
