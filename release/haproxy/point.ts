import { resolveAll } from "../resolve.js";
import { poll, type Waiting } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import type { ProxySession } from "../proxy-session.js";
import { runCommands } from "./commands.js";
import type { ServerSlot } from "./servers.js";
import { lookAtServers, stateOf } from "./state.js";

/**
 * Tells servers in waiting where they lead to, and sees that they do: one may have led elsewhere before.
 * @throws StepFailure where a container has no address after so many seconds, or HAProxy does not find it
 */
export async function pointServers(
  waiting: Waiting,
  session: ProxySession,
  places: readonly ServerSlot[],
  seconds: number,
): Promise<void> {
  const hosts = [...new Set(places.map(({ host }) => host))];
  const addresses = await resolveAll(waiting, session, hosts, seconds);
  await runCommands(
    session,
    places.flatMap(({ section, server, host }) => {
      const [address] = addresses.get(host) ?? [];
      if (address === undefined) {
        throw new StepFailure(`switch: ${host} has no address in the proxy's network`);
      }
      return [
        `set server ${section}/${server} fqdn ${host}`,
        // At once; otherwise HAProxy would ask for the name's address first.
        `set server ${section}/${server} addr ${address}`,
      ];
    }),
  );
  const known = await poll(waiting, seconds, async () => {
    const states = await lookAtServers(session);
    const leads = (place: ServerSlot) =>
      addresses.get(place.host)?.includes(stateOf(place, states)?.address ?? "");
    return places.every(leads) ? true : undefined;
  });
  if (known === true) return;
  throw new StepFailure(`switch: HAProxy does not find the address of ${hosts.join(", ")}`);
}
