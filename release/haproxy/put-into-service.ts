import { poll, type StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import { proxyFiles, type ProxySession } from "../proxy-session.js";
import { bringIn } from "./bring-in.js";
import { useCheckPaths, writeCheckPaths, type CheckPaths } from "./checks.js";
import { isAmong, othersOf, placesAt, placesInService } from "./in-service.js";
import { preferredServers, preferServers, useOnly } from "./preference.js";
import {
  appItself,
  ownerOf,
  placesBetween,
  placesFor,
  placesIn,
  sectionsOf,
  templateOf,
  withServers,
  type Hosts,
  type ServerSlot,
} from "./servers.js";
import { isFit, lookAtServers, serves, type Named, type ServerState } from "./state.js";

/** The state that HAProxy is to have. */
export interface Wanted {
  /** Its configuration, with marks where the servers come. */
  readonly template: string;
  /** The containers that it leads to. */
  readonly hosts: Hosts;
  /** Path at which each of them is asked whether it can serve; undefined where it only has to take connections. */
  readonly readyPath: (host: string) => string | undefined;
  /**
   * True to keep the servers of before in service for requests that the new containers do not answer, until `useOnly`. Default
   * false.
   */
  readonly keepsOthers?: boolean;
}

interface Looked {
  readonly states: readonly ServerState[];
  /** Servers that get first attempts. */
  readonly first: readonly Named[];
  /** Places that get no requests yet. */
  readonly fresh: readonly ServerSlot[];
}

/** The way it got there: told while it runs, by a new configuration, or not at all, since it was there already. */
export type How = "nothing" | "servers" | "reload";

/** Seconds that another change of the configuration may take. */
const lockSeconds = 60;

/**
 * Puts other containers, or another configuration, into service. What serves goes on serving until HAProxy's own
 * checks have found each new server fit, and nothing is changed where they don't. A changed configuration comes first,
 * with the servers of before in service.
 * @param seconds how long the new servers may take
 * @throws StepFailure; what served before serves then
 */
export function putIntoService(
  context: StepContext,
  session: ProxySession,
  wanted: Wanted,
  seconds: number,
): Promise<How> {
  return session.locked("apply", lockSeconds, () =>
    new Change(context, session, wanted, seconds).run(),
  );
}

class Change {
  readonly #context: StepContext;
  readonly #session: ProxySession;
  readonly #wanted: Wanted;
  readonly #seconds: number;

  constructor(context: StepContext, session: ProxySession, wanted: Wanted, seconds: number) {
    this.#context = context;
    this.#session = session;
    this.#wanted = wanted;
    this.#seconds = seconds;
  }

  async run(): Promise<How> {
    const { template, hosts } = this.#wanted;
    const before = await this.#session.running();
    const { now, taken } = await this.#inService(before);
    const places = placesFor(hosts, template, taken);
    const next = withServers(template, places);
    await this.#judge(next, places);
    await this.#reachable(places);
    const paths = this.#paths(places);
    await writeCheckPaths(this.#session, paths);
    const reloads = templateOf(before) !== templateOf(next);
    const back = sectionsOf(before).length > 0 ? withServers(templateOf(before), now) : before;
    if (reloads) {
      await this.#reload(back, withServers(template, placesBetween(template, now, places)));
    }
    await useCheckPaths(this.#session, paths);
    try {
      const looked = await this.#look(places, next);
      if (!reloads && (await this.#isDone(next, places, looked))) return "nothing";
      await bringIn(
        this.#context,
        this.#session,
        { ...this.#wanted, places: looked.fresh },
        this.#seconds,
      );
      await this.#session.write(proxyFiles.configuration, next);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      throw await this.#takenBack(error, back, now, reloads);
    }
    await this.#use(places, now, next);
    await this.#session.noteRunning(proxyFiles.configuration);
    return reloads ? "reload" : "servers";
  }

  /** A step that was killed may have left HAProxy otherwise than its files say. */
  async #inService(before: string): Promise<{ now: ServerSlot[]; taken: ServerSlot[] }> {
    const known = placesIn(before);
    const states = await lookAtServers(this.#session);
    const first = placesAt(await preferredServers(this.#session, before), known, states);
    const now = placesInService(known, states, first);
    return { now, taken: [...now, ...first.filter((place) => !isAmong(place, now))] };
  }

  async #look(places: readonly ServerSlot[], next: string): Promise<Looked> {
    const states = await lookAtServers(this.#session);
    const first = await preferredServers(this.#session, next);
    const isIn = (place: ServerSlot) =>
      serves(place, states) || (isAmong(place, first) && isFit(place, states));
    return { states, first, fresh: places.filter((place) => !isIn(place)) };
  }

  #paths(places: readonly ServerSlot[]): CheckPaths {
    return new Map(
      places.flatMap(({ server, host }): [string, string][] => {
        const path = this.#wanted.readyPath(host);
        return path === undefined ? [] : [[server, path]];
      }),
    );
  }

  async #judge(next: string, places: readonly ServerSlot[]): Promise<void> {
    const empty = sectionsOf(this.#wanted.template).find(
      ({ section }) => !places.some((place) => place.section === section),
    );
    if (places.length === 0 || empty !== undefined) {
      const of = empty === undefined ? "" : ` of ${settingOf(empty.of)}`;
      throw new StepFailure(`switch: the new configuration leads to no container${of}`);
    }
    const problems = await this.#session.problems(next);
    if (problems === undefined) return;
    throw new StepFailure(
      `switch: HAProxy does not take the new configuration, and the old one stays in service: ${problems}`,
    );
  }

  async #reachable(places: readonly ServerSlot[]): Promise<void> {
    const of = new Map(
      places.map((place) => [`${place.host}:${String(place.port)}`, settingOf(ownerOf(place))]),
    );
    const targets = [...of.keys()];
    let missing = targets;
    const found = await poll(this.#context, this.#seconds, async () => {
      missing = await this.#session.unreachable(targets);
      return missing.length === 0 ? true : undefined;
    });
    if (found === true) return;
    const setting = of.get(missing[0] ?? "") ?? appItself;
    const who = setting === appItself ? "the app" : setting;
    throw new StepFailure(
      `switch: ${missing.join(", ")} takes no connection after ${String(this.#seconds)} s (does ${who} listen on 0.0.0.0, and at ${setting}.port?)`,
    );
  }

  /** Loads a configuration in which what serves now goes on, and the new servers wait. */
  async #reload(back: string, next: string): Promise<void> {
    const { taken, said } = await this.#load(next);
    if (taken) return;
    await this.#load(back);
    throw new StepFailure(
      `switch: HAProxy did not load the new configuration, and the old one is back: ${said.trim()}`,
    );
  }

  async #load(text: string): Promise<{ readonly taken: boolean; readonly said: string }> {
    await this.#session.write(proxyFiles.configuration, text);
    // Not while maintenance is turned on or off: a new worker reads its files.
    const answer = await this.#session.locked("reload", lockSeconds, () => this.#session.reload());
    if (answer.taken) await this.#session.noteRunning(proxyFiles.configuration);
    return answer;
  }

  /** True where files and process are as requested. */
  async #isDone(
    next: string,
    places: readonly ServerSlot[],
    { states, first, fresh }: Looked,
  ): Promise<boolean> {
    if (fresh.length > 0) return false;
    const others = othersOf(places, next, states);
    const isAlone = first.length === 0 && others.every(({ inMaintenance }) => inMaintenance);
    const isPreferred = first.length > 0 && places.every((place) => isAmong(place, first));
    if (!isAlone && !(isPreferred && this.#wanted.keepsOthers === true)) return false;
    const written = await this.#session.read(proxyFiles.configuration);
    return written === next && (await this.#session.running()) === next;
  }

  /** Gives requests to the new servers: first attempts alone while others are kept that work, or all of them. */
  async #use(
    places: readonly ServerSlot[],
    now: readonly ServerSlot[],
    next: string,
  ): Promise<void> {
    const states = await lookAtServers(this.#session);
    const kept = now.filter((place) => !isAmong(place, places) && isFit(place, states));
    const keeps = this.#wanted.keepsOthers === true && kept.length > 0;
    if (keeps && (await preferServers(this.#session, places, next))) return;
    await useOnly(this.#session, places, next);
  }

  async #takenBack(
    error: StepFailure,
    back: string,
    now: readonly ServerSlot[],
    reloads: boolean,
  ): Promise<StepFailure> {
    await useOnly(this.#session, now, this.#wanted.template);
    if (back === "") return error;
    if (!reloads) {
      await this.#session.write(proxyFiles.configuration, back);
      await this.#session.noteRunning(proxyFiles.configuration);
      return error;
    }
    const { taken, said } = await this.#load(back);
    if (taken) return error;
    return new StepFailure(
      `${error.message}; the old configuration is back in its place, but HAProxy does not load it (${said.trim()}): restart the proxy`,
    );
  }
}

/** Path of the settings that a container follows from. */
function settingOf(owner: string): string {
  return owner === appItself ? appItself : `services.${owner}`;
}
