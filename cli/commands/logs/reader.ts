import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import type { Docker } from "#lib/docker";
import type { ProcessName } from "../../stack/processes.js";
import { eachLine, stampedLine } from "./line.js";
import type { LogLine } from "./text.js";

/** A container whose log is read. */
export interface LoggedContainer extends ProcessName {
  readonly id: string;
  readonly name: string;
}

/** From where a log is read, and whether it is followed. */
export interface ReadOptions {
  readonly since: string | undefined;
  readonly tail: string;
  readonly follow: boolean;
}

/** Callbacks of a reader. */
export interface ReadActs {
  readonly line: (line: Omit<LogLine, "level">) => void;
  /** A message of Docker's own. */
  readonly problem: (text: string) => void;
  readonly end: () => void;
}

/** A `docker` process that is only read from. */
export type OutputProcess = ChildProcessByStdio<null, Readable, Readable>;

/** Starts `docker` with arguments. */
export type StartDocker = (args: readonly string[]) => OutputProcess;

/** Starts the command `docker` for an engine. */
export function startDocker(docker: Docker): StartDocker {
  const env = docker.environment ?? process.env;
  return (args) => spawn("docker", args, { env, stdio: ["ignore", "pipe", "pipe"] });
}

/** Reads the log of one container by `docker logs`. */
export class LogReader {
  readonly #child: OutputProcess;

  public constructor(
    start: StartDocker,
    container: LoggedContainer,
    options: ReadOptions,
    acts: ReadActs,
  ) {
    const child = start(readArgs(container.id, options));
    this.#child = child;
    const { process: of, instance, name } = container;
    for (const stream of ["stdout", "stderr"] as const) {
      eachLine(child[stream], (bytes) => {
        const found = stampedLine(bytes);
        if (found === undefined) acts.problem(bytes.toString("utf8"));
        else {
          const { time, text } = found;
          acts.line({ time, process: of, instance, container: name, stream, message: text });
        }
      });
    }
    child.once("error", (error) => {
      acts.problem(error.message);
      acts.end();
    });
    child.once("close", () => {
      acts.end();
    });
  }

  /** Both outputs at once: Docker's client writes them in turn, and would wait for the one that is not read. */
  public hold(hold: boolean): void {
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (hold) stream.pause();
      else stream.resume();
    }
  }

  public stop(): void {
    this.#child.kill();
  }
}

/** Arguments of `docker` that print the log of a container. */
export function readArgs(id: string, { since, tail, follow }: ReadOptions): string[] {
  return [
    "logs",
    "--timestamps",
    ...(follow ? ["--follow"] : []),
    ...(since === undefined ? [] : ["--since", since]),
    "--tail",
    tail,
    id,
  ];
}
