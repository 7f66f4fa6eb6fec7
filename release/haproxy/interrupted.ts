import { proxyFiles, type ProxySession } from "../proxy-session.js";
import { isAmong, placesInService } from "./in-service.js";
import { preferredServers, useOnly } from "./preference.js";
import { placesIn, templateOf, usedHosts, withServers } from "./servers.js";
import { isFit, lookAtServers } from "./state.js";

/**
 * Ends what a switch that was interrupted has left behind, where other containers are to come: first attempts at its
 * own, what served before kept for the rest. What clients are on stays, if it works; else what served before is back,
 * in the files too. A switch to the same containers goes on where it was.
 */
export async function endInterrupted(
  session: ProxySession,
  containers: readonly string[],
): Promise<void> {
  const configuration = await session.running();
  const first = await preferredServers(session, configuration);
  if (first.length === 0) return;
  const same = usedHosts(configuration).toSorted().join(" ") === containers.toSorted().join(" ");
  if (same) return;
  const states = await lookAtServers(session);
  const places = placesIn(configuration);
  const fresh = places.filter((place) => place.used && isAmong(place, first));
  if (fresh.length > 0 && fresh.every((place) => isFit(place, states))) {
    await useOnly(session, fresh, configuration);
    return;
  }
  const before = placesInService(places, states);
  await session.write(proxyFiles.configuration, withServers(templateOf(configuration), before));
  await useOnly(session, before, configuration);
  await session.noteRunning(proxyFiles.configuration);
}
