import { sectionsOf, type ServerSlot } from "./servers.js";
import { isFit, stateOf, type Named, type ServerState } from "./state.js";

/**
 * The places of a configuration that get requests now: by the states of its servers where HAProxy has them, since a step
 * that was killed may have left other ones than the configuration says.
 * @param first those that get first attempts: they count where the others, kept for the rest, are all down
 */
export function placesInService(
  places: readonly ServerSlot[],
  states: readonly ServerState[],
  first: readonly ServerSlot[] = [],
): ServerSlot[] {
  const known = places.map((place) => {
    const state = stateOf(place, states);
    if (state === undefined) return place;
    return { ...place, host: state.host, used: !state.inMaintenance && !state.draining };
  });
  const chosen = known.filter(({ used }) => used);
  if (first.length === 0) return chosen;
  return chosen.some((place) => isFit(place, states)) ? chosen : [...first];
}

/** The places of some servers, in service or not. */
export function placesAt(
  servers: readonly Named[],
  places: readonly ServerSlot[],
  states: readonly ServerState[],
): ServerSlot[] {
  return places
    .filter((place) => isAmong(place, servers))
    .map((place) => ({ ...place, host: stateOf(place, states)?.host ?? place.host, used: true }));
}

/** True where a server is one of some. */
export function isAmong({ section, server }: Named, servers: readonly Named[]): boolean {
  return servers.some((each) => each.section === section && each.server === server);
}

/** The servers of a template's sections that are not among some places. */
export function othersOf(
  places: readonly ServerSlot[],
  template: string,
  states: readonly ServerState[],
): ServerState[] {
  const sections = sectionsOf(template).map(({ section }) => section);
  return states.filter((each) => sections.includes(each.section) && !isAmong(each, places));
}
