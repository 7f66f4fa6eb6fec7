import type { Docker } from "#lib/docker";
import { ask } from "../../io/docker.js";
import type { Process, ProcessName } from "../../stack/processes.js";
import { eachLine } from "./line.js";
import type { OutputProcess, ReadActs, StartDocker } from "./reader.js";
import type { LogsRequest } from "./request.js";
import type { LogLine } from "./text.js";

/** A container whose lines are kept, whether it is there or not. */
export interface KeptContainer extends ProcessName {
  readonly id: string;
  readonly name: string;
  readonly workload: string;
  /** Time at which it was made, in UTC. */
  readonly created: string;
}

const program = "/usr/local/bin/logs";

/** The collector of a stack among its processes; undefined where none runs. */
export function collectorOf(all: readonly Process[]): string | undefined {
  return all.find(({ workload, running }) => workload === "logs" && running)?.id;
}

/** Returns the containers whose lines a collector keeps. */
export async function keptContainers(docker: Docker, collector: string): Promise<KeptContainer[]> {
  const text = await ask(docker, ["exec", collector, program, "read", "-containers"]);
  return JSON.parse(text) as KeptContainer[];
}

/** Reads the kept lines of some containers. */
export class KeptReader {
  readonly #child: OutputProcess;

  public constructor(
    start: StartDocker,
    collector: string,
    containers: readonly KeptContainer[],
    { since }: Pick<LogsRequest, "since">,
    acts: ReadActs,
  ) {
    const names = containers.map(({ name }) => name).join(",");
    const from = since === undefined ? [] : ["-since", since];
    const child = start(["exec", collector, program, "read", "-only", names, ...from]);
    this.#child = child;
    eachLine(child.stdout, (bytes) => {
      const { time, process, instance, container, stream, message } = JSON.parse(
        bytes.toString("utf8"),
      ) as LogLine;
      acts.line({ time, process, instance, container, stream, message });
    });
    eachLine(child.stderr, (bytes) => {
      acts.problem(bytes.toString("utf8"));
    });
    child.once("error", (error) => {
      acts.problem(error.message);
      acts.end();
    });
    child.once("close", () => {
      acts.end();
    });
  }

  public hold(hold: boolean): void {
    if (hold) this.#child.stdout.pause();
    else this.#child.stdout.resume();
  }
}
