import { sectionsOf, type Place } from "./servers.js";
import { stateOf, type ServerState } from "./state.js";

/**
 * The places of a configuration that get requests now: by the states of its servers where HAProxy has them, since a step
 * that was killed may have left other ones than the configuration says.
 */
export function placesInService(places: readonly Place[], states: readonly ServerState[]): Place[] {
  const known = places.map((place) => {
    const state = stateOf(place, states);
    if (state === undefined) return place;
    return { ...place, host: state.host, used: !state.inMaintenance && !state.draining };
  });
  return known.filter(({ used }) => used);
}

/** The servers of a template's sections that are not among some places. */
export function othersOf(
  places: readonly Place[],
  template: string,
  states: readonly ServerState[],
): ServerState[] {
  const sections = sectionsOf(template).map(({ section }) => section);
  const isPlace = ({ section, server }: ServerState) =>
    places.some((each) => each.section === section && each.server === server);
  return states.filter((each) => sections.includes(each.section) && !isPlace(each));
}
