import { othersOf } from "./haproxy/in-service.js";
import { preferredServers, useOnly } from "./haproxy/preference.js";
import { placesIn, usedHosts } from "./haproxy/servers.js";
import { lookAtServers } from "./haproxy/state.js";
import { proxyFiles, type ProxySession } from "./proxy-session.js";
import { resolveAll } from "./resolve.js";
import { poll, secondsSince, type StepContext, type Waiting } from "./step-context.js";

/** Seconds in which a container that is there has its address found: the DNS may fail once. */
const lookSeconds = 2;

/** Waits until nothing is in progress to containers that the proxy leads to no more; says what was left after that. */
export async function drain(
  context: StepContext,
  session: ProxySession,
  hosts: readonly string[],
  seconds: number,
): Promise<void> {
  const used = usedHosts(await session.read(proxyFiles.configuration));
  // A release that only adds or removes some keeps the others.
  const left = hosts.filter((host) => !used.includes(host));
  const addresses = await resolveAll(context, session, left, lookSeconds);
  const gone = left.filter((host) => addresses.get(host)?.length === 0);
  for (const host of gone) context.say(`${host} is gone already: nothing to drain`);
  const drained = left.filter((host) => !gone.includes(host));
  if (drained.length === 0) return;
  const began = context.now();
  let streams = 0;
  await poll(context, seconds, async () => {
    streams = await session.streams([...addresses.values()].flat());
    return streams === 0 ? true : undefined;
  });
  context.say(
    `drained ${drained.join(" ")} for ${String(secondsSince(context, began))} s; connections left: ${String(streams)}`,
  );
}

/**
 * Ends the time in which what served before has the requests that the new containers do not answer: it gets no more,
 * and what is in progress there is waited for.
 */
export async function retire(
  waiting: Waiting,
  session: ProxySession,
  seconds: number,
): Promise<void> {
  const configuration = await session.running();
  if ((await preferredServers(session, configuration)).length === 0) return;
  const places = placesIn(configuration).filter(({ used }) => used);
  const others = othersOf(places, configuration, await lookAtServers(session));
  const left = others.filter(
    ({ inMaintenance, host }) => !inMaintenance && places.every((each) => each.host !== host),
  );
  await useOnly(session, places, configuration);
  const addresses = left.map(({ address }) => address).filter((each) => each !== "");
  await poll(waiting, seconds, async () => {
    return (await session.streams(addresses)) === 0 ? true : undefined;
  });
}

/** Waits until every server that is to serve does. @returns those that do not after so many seconds */
export async function missingServers(
  waiting: Waiting,
  session: ProxySession,
  seconds: number,
): Promise<string[]> {
  let missing: string[] = [];
  await poll(waiting, seconds, async () => {
    const states = await lookAtServers(session);
    // Servers that HAProxy does not check, such as certbot's, may come and go.
    const places = placesIn(await session.read(proxyFiles.configuration));
    const isPlace = ({ section, server }: { section: string; server: string }) =>
      places.some((each) => each.section === section && each.server === server);
    missing = states
      .filter((each) => isPlace(each) && !each.inMaintenance && !each.up)
      .map(({ host }) => host);
    return missing.length === 0 ? true : undefined;
  });
  return [...new Set(missing)];
}
