import { poll, type StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import { proxyFiles, type ProxySession } from "../proxy-session.js";
import { runCommands } from "./commands.js";
import { useCheckPaths, writeCheckPaths, type CheckPaths } from "./checks.js";
import { othersOf, placesInService } from "./in-service.js";
import { pointServers } from "./point.js";
import {
  placesBetween,
  placesFor,
  placesIn,
  sectionsOf,
  templateOf,
  withServers,
  type Place,
} from "./servers.js";
import { lastCheck, lookAtServers, serves, stateOf, type ServerState } from "./state.js";

/** What HAProxy is to do. */
export interface Wanted {
  /** Its configuration, with marks where the servers come. */
  readonly template: string;
  /** The containers that it leads to. */
  readonly hosts: readonly string[];
  /** Path at which each of them is asked whether it can serve. */
  readonly readyPath: (host: string) => string;
}

/** How it came to do it: told while it runs, by a new configuration, or not at all, since it did so already. */
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
    // A step that was killed may have left HAProxy otherwise than its files say.
    const now = placesInService(placesIn(before), await lookAtServers(this.#session));
    const places = placesFor(hosts, template, now);
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
      const states = await lookAtServers(this.#session);
      const fresh = places.filter((place) => !serves(place, states));
      if (!reloads && (await this.#isDone(next, places, states))) return "nothing";
      await this.#bringIn(fresh);
      await this.#session.write(proxyFiles.configuration, next);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      throw await this.#takenBack(error, back, now, reloads);
    }
    await this.#use(places);
    await this.#session.noteRunning(proxyFiles.configuration);
    return reloads ? "reload" : "servers";
  }

  #paths(places: readonly Place[]): CheckPaths {
    return new Map(places.map(({ server, host }) => [server, this.#wanted.readyPath(host)]));
  }

  async #judge(next: string, places: readonly Place[]): Promise<void> {
    if (places.length === 0) {
      throw new StepFailure("switch: the new configuration leads to no container");
    }
    const problems = await this.#session.problems(next);
    if (problems === undefined) return;
    throw new StepFailure(
      `switch: HAProxy does not take the new configuration, and the old one stays in service: ${problems}`,
    );
  }

  async #reachable(places: readonly Place[]): Promise<void> {
    const targets = [...new Set(places.map(({ host, port }) => `${host}:${String(port)}`))];
    let missing = targets;
    const found = await poll(this.#context, this.#seconds, async () => {
      missing = await this.#session.unreachable(targets);
      return missing.length === 0 ? true : undefined;
    });
    if (found === true) return;
    throw new StepFailure(
      `switch: ${missing.join(", ")} takes no connection after ${String(this.#seconds)} s (does the app listen on 0.0.0.0, and at app.port?)`,
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

  /** Whether files and process are as they are to be. */
  async #isDone(
    next: string,
    places: readonly Place[],
    states: readonly ServerState[],
  ): Promise<boolean> {
    if (!places.every((place) => serves(place, states))) return false;
    if (othersOf(places, next, states).some(({ inMaintenance }) => !inMaintenance)) return false;
    const written = await this.#session.read(proxyFiles.configuration);
    return written === next && (await this.#session.running()) === next;
  }

  /** Has HAProxy check servers that get no request yet, until it finds all of them fit. */
  async #bringIn(places: readonly Place[]): Promise<void> {
    if (places.length === 0) return;
    await pointServers(this.#context, this.#session, places, this.#seconds);
    await runCommands(
      this.#session,
      places.flatMap(({ section, server }) => [
        `set server ${section}/${server} state drain`,
        `set server ${section}/${server} health down`,
      ]),
    );
    let waiting = places;
    const fit = await poll(this.#context, this.#seconds, async () => {
      const states = await lookAtServers(this.#session);
      waiting = places.filter((place) => stateOf(place, states)?.up !== true);
      return waiting.length === 0 ? true : undefined;
    });
    if (fit !== true) throw await this.#unfit(waiting);
  }

  async #unfit(waiting: readonly Place[]): Promise<StepFailure> {
    const stat = await this.#session.admin(["show stat"]);
    const [first] = waiting;
    if (first === undefined) return new StepFailure("switch: nothing is waited for");
    const { section, server, host } = first;
    const asked = section === "app" ? ` at ${this.#wanted.readyPath(host)}` : "";
    return new StepFailure(
      `switch: the proxy's check of ${host}${asked} fails after ${String(this.#seconds)} s: ${lastCheck(stat, section, server)}`,
    );
  }

  /** From one moment to the next: the new servers get requests, and all others no new ones. */
  async #use(places: readonly Place[]): Promise<void> {
    const others = othersOf(places, this.#wanted.template, await lookAtServers(this.#session));
    const inUse = others.filter(({ inMaintenance }) => !inMaintenance);
    await runCommands(this.#session, [
      ...places.map(({ section, server }) => `set server ${section}/${server} state ready`),
      ...inUse.map(({ section, server }) => `set server ${section}/${server} state maint`),
    ]);
    await this.#lead(others, places);
  }

  /** Docker's DNS is not asked for names that are gone soon: servers that wait lead to a container that serves. */
  async #lead(waiting: readonly ServerState[], serving: readonly Place[]): Promise<void> {
    const [first] = serving;
    if (first === undefined) return;
    const hosts = serving.map(({ host }) => host);
    const astray = waiting.filter(({ host }) => !hosts.includes(host));
    await runCommands(
      this.#session,
      astray.map(({ section, server }) => `set server ${section}/${server} fqdn ${first.host}`),
    );
  }

  async #takenBack(
    error: StepFailure,
    back: string,
    now: readonly Place[],
    reloads: boolean,
  ): Promise<StepFailure> {
    const states = await lookAtServers(this.#session);
    const waiting = states.filter(({ draining, inMaintenance }) => draining && !inMaintenance);
    await runCommands(
      this.#session,
      waiting.map(({ section, server }) => `set server ${section}/${server} state maint`),
    );
    await this.#lead(waiting, now);
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
