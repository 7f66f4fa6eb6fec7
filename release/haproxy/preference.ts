// From the switch until a release is accepted, requests go to the new servers first, and the old ones stay in service
// for those that the new ones do not answer. A server's flag `backup` can't be changed at run time, and is used only
// when no other server is up; so the new servers stay out of HAProxy's own choice (`drain`: checked, and given no
// request), and a map names one of them for the first attempt. Another attempt is HAProxy's choice: the old ones.
import type { ProxySession } from "../proxy-session.js";
import { runCommands } from "./commands.js";
import { readEntries, replaceEntries } from "./entries.js";
import { othersOf } from "./in-service.js";
import { sectionsOf, type ServerSlot } from "./servers.js";
import { lookAtServers, type Named, type ServerState } from "./state.js";

/** HAProxy keeps it in memory only: what restarts goes by its configuration. */
const mapOf = (section: string) => `virt@preferred-${section}`;
/** More keys than servers, so that each gets about as many requests as the others. */
const keys = 60;
const variable = "txn.preferred";

/** Lines of a section whose first attempts may be given to some servers. @param request the rules' kind there */
export function preferenceRules(section: string, request: "http-request" | "tcp-request content") {
  return [
    `  ${request} set-var(${variable}) rand(${String(keys)}),map(${mapOf(section)})`,
    `  use-server %[var(${variable})] if { var(${variable}) -m found }`,
  ];
}

/** A condition: an answer came from another server than the one that the request was for. */
export const answeredByAnother = `{ var(${variable}) -m found } !{ srv_name,strcmp(${variable}) eq 0 }`;

/**
 * Gives first attempts to some servers, and leaves the others in service for what those do not answer.
 * @param configuration the one that HAProxy runs on
 * @returns false where it can't, being of an earlier version
 */
export async function preferServers(
  session: ProxySession,
  places: readonly ServerSlot[],
  configuration: string,
): Promise<boolean> {
  const sections = sectionsOf(configuration).map(({ section }) => section);
  if (!sections.every((section) => configuration.includes(mapOf(section)))) return false;
  for (const section of sections) {
    const servers = places.filter((each) => each.section === section).map(({ server }) => server);
    const entries = Array.from(
      { length: keys },
      (_, key) => `${String(key)} ${String(servers[key % servers.length])}`,
    );
    await replaceEntries(session, "map", mapOf(section), entries);
  }
  return true;
}

/** The servers that first attempts are given to; none where no switch is in progress. */
export async function preferredServers(
  session: ProxySession,
  configuration: string,
): Promise<Named[]> {
  const found: Named[] = [];
  for (const { section } of sectionsOf(configuration)) {
    if (!configuration.includes(mapOf(section))) continue;
    const entries = await readEntries(session, "map", mapOf(section));
    const servers = new Set(entries.map((each) => each.split(" ")[1] ?? ""));
    found.push(...[...servers].map((server) => ({ section, server })));
  }
  return found;
}

/**
 * From one moment to the next: some servers get requests, and all others no new ones.
 * @param configuration the one that HAProxy runs on
 */
export async function useOnly(
  session: ProxySession,
  places: readonly ServerSlot[],
  configuration: string,
): Promise<void> {
  const others = othersOf(places, configuration, await lookAtServers(session));
  const inUse = others.filter(({ inMaintenance }) => !inMaintenance);
  const preferred = await preferredServers(session, configuration);
  const sections = new Set(preferred.map(({ section }) => section));
  const known = sectionsOf(configuration).map(({ section }) => section);
  const ready = places.filter(({ section }) => known.includes(section));
  await runCommands(session, [
    ...ready.map(({ section, server }) => `set server ${section}/${server} state ready`),
    ...inUse.map(({ section, server }) => `set server ${section}/${server} state maint`),
    // Last, so that no first attempt is ever a choice between both. One in maintenance is passed over.
    ...[...sections].map((section) => `clear map ${mapOf(section)}`),
  ]);
  await leadAway(session, others, places);
}

/** Docker's DNS is not asked for names that are gone soon: servers that wait lead to a container that serves. */
async function leadAway(
  session: ProxySession,
  waiting: readonly ServerState[],
  serving: readonly ServerSlot[],
): Promise<void> {
  const [first] = serving;
  if (first === undefined) return;
  const hosts = serving.map(({ host }) => host);
  const astray = waiting.filter(({ host }) => !hosts.includes(host));
  await runCommands(
    session,
    astray.map(({ section, server }) => `set server ${section}/${server} fqdn ${first.host}`),
  );
}
