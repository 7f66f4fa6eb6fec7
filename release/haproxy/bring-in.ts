import { poll, type StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import type { ProxySession } from "../proxy-session.js";
import { runCommands } from "./commands.js";
import { pointServers } from "./point.js";
import type { ServerSlot } from "./servers.js";
import { checkRuns, lastCheck, lookAtServers, stateOf } from "./state.js";

/** Seconds within which a check that is under way has come to its end. */
const checkSeconds = 5;

/** Servers that are to get requests soon. */
export interface Incoming {
  readonly places: readonly ServerSlot[];
  /** Path at which each container is asked whether it can serve. */
  readonly readyPath: (host: string) => string | undefined;
}

/**
 * Has HAProxy check servers that get no request yet, until it finds all of them fit.
 * @throws StepFailure where one is not fit after so many seconds
 */
export async function bringIn(
  context: StepContext,
  session: ProxySession,
  { places, readyPath }: Incoming,
  seconds: number,
): Promise<void> {
  if (places.length === 0) return;
  await pointServers(context, session, places, seconds);
  await runCommands(
    session,
    places.flatMap(({ section, server }) => [
      `set server ${section}/${server} state drain`,
      `set server ${section}/${server} health down`,
    ]),
  );
  let waiting = places;
  const fit = await poll(context, seconds, async () => {
    const states = await lookAtServers(session);
    waiting = places.filter((place) => stateOf(place, states)?.up !== true);
    return waiting.length === 0 ? true : undefined;
  });
  if (fit === true) return;
  const [first] = waiting;
  if (first === undefined) throw new StepFailure("switch: nothing is waited for");
  const { section, server, host } = first;
  const path = section.startsWith("tcp-") ? undefined : readyPath(host);
  const asked = path === undefined ? "" : ` at ${path}`;
  const last = async () => lastCheck(await session.admin(["show stat"]), section, server);
  const ended = await poll(context, checkSeconds, async () => {
    const said = await last();
    return said === checkRuns ? undefined : said;
  });
  const found = ended ?? (await last());
  throw new StepFailure(
    `switch: the proxy's check of ${host}${asked} fails after ${String(seconds)} s: ${found}`,
  );
}
