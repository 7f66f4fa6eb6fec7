import { mostReplicas } from "#lib/platform";

/**
 * A place for a container in a section of HAProxy's configuration. There are more of them than containers: a new one
 * gets a free place, and is checked there while the old ones serve. Another number of containers, or others, is so a
 * change of servers, which needs no reload.
 */
export interface ServerSlot {
  readonly section: string;
  /** Name of the server. */
  readonly server: string;
  readonly host: string;
  readonly port: number;
  /** False: it waits in maintenance. */
  readonly used: boolean;
}

/**
 * Returns the placeholder in a configuration for the servers of a section: the port that the app has there, or a service.
 * @param service its name; undefined: of the app
 */
export function serversMark(port: number, service?: string): string {
  const of = service === undefined ? "" : ` of ${service}`;
  return `  # servers${of} at port ${String(port)}`;
}

const marked = /^ {2}# servers(?: of (\S+))? at port (\d+)$/;
const sectionStart = /^(backend|listen) (\S+)/;
// Until 0.1 a single container had a place called `app`.
const ours = /^ {2}server (app|(?:[a-z0-9-]+\.)?(?:app|only)-\d+) (\S+):(\d+) /;

/**
 * A single container has places of their own kind, because there is nothing to go to instead: it is given the time in
 * which Docker restarts it.
 */
const alone = ["only-1", "only-2"] as const;
const several = Array.from({ length: 2 * mostReplicas }, (_, index) => `app-${String(index + 1)}`);
const names = [...alone, ...several];

/** Name of the app among the services' names of sections. */
export const appItself = "app";

/** A check's path is found by the server's name, so that of a service's is its own. */
function serverName(name: string, of: string): string {
  return of === appItself ? name : `${of}.${name}`;
}

/** Returns the owner of a place: the app, or a service. */
export function ownerOf({ server }: Pick<ServerSlot, "server">): string {
  const [service = "", name] = server.split(".");
  return name === undefined ? appItself : service;
}

const check = "check inter 1s downinter 250ms rise 1";
/** As long as a request is tried again: a container that Docker restarts is waited for. */
const patient = `${check} fall 4`;
/** Out as soon as it takes no connection and a check right after says so too. What is open to it is left alone. */
const impatient = `${check} fall 3 fastinter 100ms observe layer4 error-limit 1 on-error sudden-death`;

/** A configuration with its servers put in where their marks are. */
export function withServers(template: string, places: readonly ServerSlot[]): string {
  const first = places.find(({ used }) => used) ?? places[0];
  return linesOf(template)
    .flatMap(({ line, section }) => {
      const { port, of } = markIn(line) ?? {};
      if (port === undefined || of === undefined) return [line];
      const here = places.filter((each) => each.section === section);
      // One that waits leads to a container that there is: Docker's DNS is not asked for names of nobody.
      const nobody = { host: first?.host ?? "localhost", port, used: false };
      return [
        line,
        ...names.map((name) => {
          const server = serverName(name, of);
          const place = here.find((each) => each.server === server);
          return serverLine({ section, server, ...(place ?? nobody) });
        }),
      ];
    })
    .join("\n");
}

/**
 * A configuration without its servers: what can't change while HAProxy runs. One of 0.1 has no marks where they come;
 * it gets them, so that a rollback to it is possible.
 */
export function templateOf(configuration: string): string {
  let isMarked = false;
  return configuration
    .split("\n")
    .flatMap((line) => {
      if (sectionStart.test(line)) isMarked = false;
      if (marked.test(line)) isMarked = true;
      const port = ours.exec(line)?.[3];
      if (port === undefined) return [line];
      if (isMarked) return [];
      isMarked = true;
      return [serversMark(Number(port))];
    })
    .join("\n");
}

/** The places of a configuration, with what is in them. */
export function placesIn(configuration: string): ServerSlot[] {
  return linesOf(configuration).flatMap(({ line, section }) => {
    const [, server, host, port] = ours.exec(line) ?? [];
    if (server === undefined || host === undefined) return [];
    const used = !/ disabled$/.test(line);
    const name = server === "app" ? alone[0] : server;
    return [{ section, server: name, host, port: Number(port), used }];
  });
}

/** A section of a configuration with servers of ours. */
export interface ServersSection {
  readonly section: string;
  /** Port on which the containers listen. */
  readonly port: number;
  /** Owner of these: `appItself`, or a service's name. */
  readonly of: string;
}

/** The sections of a template that have servers of ours. */
export function sectionsOf(template: string): ServersSection[] {
  return linesOf(template).flatMap(({ line, section }) => {
    const mark = markIn(line);
    return mark === undefined ? [] : [{ section, ...mark }];
  });
}

function markIn(line: string): Omit<ServersSection, "section"> | undefined {
  const [, service = appItself, port] = marked.exec(line) ?? [];
  return port === undefined ? undefined : { port: Number(port), of: service };
}

/** The containers that a configuration leads to, all of them in their order. */
export function usedHosts(configuration: string): string[] {
  const used = placesIn(configuration).filter((each) => each.used);
  return [...new Set(used.map(({ host }) => host))];
}

/** Names of containers by what they are of: `appItself`, or a service's name. */
export type Hosts = Readonly<Record<string, readonly string[]>>;

/** The containers that a configuration leads to, by what they are of. */
export function hostsIn(configuration: string): Hosts {
  const used = placesIn(configuration).filter((each) => each.used);
  const owners = new Set(used.map(ownerOf));
  const of = (owner: string) => used.filter((each) => ownerOf(each) === owner);
  return Object.fromEntries(
    [...owners].map((owner) => [owner, [...new Set(of(owner).map(({ host }) => host))]]),
  );
}

/**
 * Places for the containers of a release: those that serve already keep theirs, the others get free ones.
 * @param now what is in service
 */
export function placesFor(all: Hosts, template: string, now: readonly ServerSlot[]): ServerSlot[] {
  return sectionsOf(template).flatMap(({ section, port, of }) => {
    const hosts = all[of] ?? [];
    const kind = (hosts.length === 1 ? alone : several).map((name) => serverName(name, of));
    const taken = now.filter((each) => each.section === section && each.used);
    const kept = (host: string) =>
      taken.find((each) => each.host === host && each.port === port && kind.includes(each.server));
    const free = kind.filter((server) => taken.every((each) => each.server !== server));
    return hosts.map((host) => {
      const server = kept(host)?.server ?? free.shift();
      if (server === undefined) throw new Error(`There is no free server in ${section}.`);
      return { section, server, host, port, used: true };
    });
  });
}

/**
 * Returns the places of a configuration that has just come while the containers of before still serve: the new ones wait.
 * @param now what is in service
 * @param places what is to be
 */
export function placesBetween(
  template: string,
  now: readonly ServerSlot[],
  places: readonly ServerSlot[],
): ServerSlot[] {
  const known = sectionsOf(template).map(({ section }) => section);
  const serving = now.filter(({ section }) => known.includes(section));
  const isServing = ({ section, server }: ServerSlot) =>
    serving.some((each) => each.section === section && each.server === server);
  const waiting = places.filter((place) => !isServing(place));
  return [...serving, ...waiting.map((place) => ({ ...place, used: false }))];
}

/** The lines of a configuration, each with the section that it stands in. */
function linesOf(text: string): { readonly line: string; readonly section: string }[] {
  let section = "";
  return text.split("\n").map((line) => {
    section = sectionStart.exec(line)?.[2] ?? section;
    return { line, section };
  });
}

function serverLine({ server, host, port, used }: ServerSlot): string {
  const [name = ""] = server.split(".").slice(-1);
  const how = (alone as readonly string[]).includes(name) ? patient : impatient;
  return `  server ${server} ${host}:${String(port)} resolvers docker resolve-prefer ipv4 resolve-opts allow-dup-ip init-addr last,libc,none ${how}${used ? "" : " disabled"}`;
}
