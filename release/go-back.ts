import { startIfStopped } from "./container.js";
import { checkPathsIn } from "./haproxy/checks.js";
import { putIntoService } from "./haproxy/put-into-service.js";
import {
  appItself,
  hostsIn,
  ownerOf,
  placesIn,
  templateOf,
  usedHosts,
  type ServerSlot,
} from "./haproxy/servers.js";
import type { StackProxy } from "./proxy.js";
import { forgetPrevious, noteTakeover } from "./previous.js";
import { proxyFiles, type ProxySession } from "./proxy-session.js";
import { stillWanted, type StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

const backSeconds = 30;

/** Brings what served before the switch back into service. @returns false where there is nothing, or it does not come back */
export async function goBack(context: StepContext, proxy: StackProxy): Promise<boolean> {
  stillWanted(context);
  const previous = await proxy.run((session) => session.read(proxyFiles.previous));
  const hosts = usedHosts(previous);
  if (hosts.length === 0) return false;
  try {
    // Kept for a rollback; but something else may have ended it.
    for (const host of hosts) await startIfStopped(context, host);
    await proxy.record((records) => records.count());
    const how = await proxy.run(async (session) => {
      const readyPath = await pathsOf(session, previous);
      const wanted = { template: templateOf(previous), hosts: hostsIn(previous), readyPath };
      return putIntoService(context, session, wanted, backSeconds);
    });
    context.say(`switched back to ${hosts.join(" ")} (${how})`);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    context.say(`${hosts.join(" ")} does not come back into service: ${error.message}`);
    return false;
  }
  await proxy.run(async (session) => {
    await noteTakeover(context, session);
    await forgetPrevious(session);
  });
  return true;
}

/** The path that each container was checked by before the switch. */
async function pathsOf(
  session: ProxySession,
  previous: string,
): Promise<(host: string) => string | undefined> {
  const paths = checkPathsIn(await session.read(proxyFiles.previousChecks));
  const places = placesIn(previous).filter(({ used }) => used);
  // A service may have none, as its proxy's check then has none.
  const none = (place: ServerSlot) => (ownerOf(place) === appItself ? "/" : undefined);
  const found = new Map(
    places.map((place) => [place.host, paths.get(place.server) ?? none(place)]),
  );
  return (host) => found.get(host);
}
