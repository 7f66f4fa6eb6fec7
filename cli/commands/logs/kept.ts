import type { Docker } from "#lib/docker";
import { ask } from "../../io/docker.js";
import { keptContainers, keptLine, type KeptContainer } from "../../documents/logs.js";
import { readDocument } from "../../documents/read.js";
import type { Process } from "../../stack/processes.js";
import { eachLine } from "./line.js";
import type { OutputProcess, ReadActs, StartDocker } from "./reader.js";
import type { LogsRequest } from "./request.js";

const program = "/usr/local/bin/logs";

/** The collector of a stack among its processes; undefined where none runs. */
export function collectorOf(all: readonly Process[]): string | undefined {
  return all.find(({ workload, running }) => workload === "logs" && running)?.id;
}

/** Returns the containers whose lines a collector keeps. */
export async function containersKept(docker: Docker, collector: string): Promise<KeptContainer[]> {
  const text = await ask(docker, ["exec", collector, program, "read", "-containers"]);
  return readDocument(keptContainers, text, "the containers whose lines are kept");
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
      const text = bytes.toString("utf8");
      const read = readDocument(keptLine, text, "a kept line");
      const { time, process, instance, container, stream, message } = read;
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
