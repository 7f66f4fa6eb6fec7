import { once } from "node:events";
import { labelFilters } from "../../io/docker.js";
import { processName } from "../../stack/processes.js";
import { eachLine } from "./line.js";
import type { LoggedContainer, OutputProcess, StartDocker } from "./reader.js";

/** A container of a stack that has started, and its role. */
export type Started = LoggedContainer & { readonly workload: string };

const retryMs = 1000;

/** Hears of each start of a container of a stack, also of those of the last seconds, until it is stopped. */
export class Starts {
  readonly #start: StartDocker;
  readonly #args: readonly string[];
  readonly #prefix: string;
  #open: OutputProcess | undefined;
  #goesOn = true;

  /** @param of app, stack and prefix of the containers' names */
  public constructor(
    start: StartDocker,
    {
      app,
      stack,
      prefix,
    }: { readonly app: string; readonly stack: string; readonly prefix: string },
  ) {
    this.#start = start;
    this.#prefix = prefix;
    // One that starts while the list of those that run is asked for is not missed.
    const filters = ["--filter", "type=container", "--filter", "event=start"];
    this.#args = [
      "events",
      "--since",
      "30s",
      "--format",
      "{{json .}}",
      ...filters,
      ...labelFilters(app, stack),
    ];
  }

  /** Ends when it is stopped. A Docker engine that restarts is asked again. @param lost is called once each time */
  public async each(act: (started: Started) => void, lost: (why: string) => void): Promise<void> {
    let isLost = false;
    while (this.#isGoingOn()) {
      const why = await this.#read((started) => {
        isLost = false;
        act(started);
      });
      if (!this.#isGoingOn()) return;
      if (!isLost) lost(why);
      isLost = true;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  public stop(): void {
    this.#goesOn = false;
    this.#open?.kill();
  }

  /** @returns why it has ended */
  async #read(act: (started: Started) => void): Promise<string> {
    const open = this.#start(this.#args);
    this.#open = open;
    const said: string[] = [];
    eachLine(open.stderr, (line) => said.push(line.toString("utf8")));
    eachLine(open.stdout, (line) => {
      const started = startedIn(line.toString("utf8"), this.#prefix);
      if (started !== undefined) act(started);
    });
    open.once("error", ({ message }) => said.push(message));
    await once(open, "close").catch(() => undefined);
    return said.join(" ") || "the connection to Docker has ended";
  }

  #isGoingOn(): boolean {
    return this.#goesOn;
  }
}

/** Returns the container that a line of `docker events` reports as started; undefined for another event. */
export function startedIn(line: string, prefix: string): Started | undefined {
  const { Action, Actor } = JSON.parse(line) as {
    readonly Action?: string;
    readonly Actor?: { readonly ID?: string; readonly Attributes?: Record<string, string> };
  };
  const { ID: id, Attributes: attributes = {} } = Actor ?? {};
  const name = attributes["name"];
  if (Action !== "start" || id === undefined || name === undefined) return undefined;
  const workload = attributes["dev.keelson.workload"] ?? "";
  return { id, name, workload, ...processName(name, workload, prefix) };
}
