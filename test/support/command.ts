// A command of the product while it runs, for tests that do something in the middle of it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { root, until } from "./docker.js";
import { commandsBelow, hasEnded, killAll } from "./processes.js";
import type { Stack } from "./stack.js";

/** A running command, with all that it starts. */
export class Command {
  /** What it has printed so far, on both streams. */
  readonly printed: string[] = [];
  readonly pid: number;
  readonly args: readonly string[];
  /** Its exit code once nothing prints any more; -1 where a signal ended it. */
  readonly ended: Promise<number>;
  #over = false;

  /** @param line is called with each line as it is printed */
  constructor(
    stack: Stack,
    args: readonly string[],
    line: (line: string) => void = () => undefined,
  ) {
    const [command = "", ...more] = args;
    const child = spawn(process.execPath, stack.args(command, ...more), {
      // A group of its own, as a shell gives to what runs in the foreground.
      cwd: root,
      env: stack.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.args = args;
    this.pid = child.pid ?? 0;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (text) => {
        this.printed.push(text);
        stack.printed += `${text}\n`;
        line(text);
      });
    }
    child.once("exit", () => {
      this.#over = true;
    });
    this.ended = once(child, "close").then(([code]: unknown[]) =>
      typeof code === "number" ? code : -1,
    );
  }

  /** All that it has printed so far. */
  get text(): string {
    return this.printed.join("\n");
  }

  /** Waits for something while it runs. @throws Error when it ends before that comes true */
  async reaches(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await until(
      what,
      async () => {
        if (await condition()) return true;
        if (this.#over)
          throw new Error(`${this.args.join(" ")} ended before ${what}:\n${this.text}`);
        return false;
      },
      120,
      10,
    );
  }

  /** Waits until a process runs below it whose arguments, joined by spaces, are like this. */
  async runs(command: RegExp): Promise<void> {
    await this.reaches(`it runs ${String(command)}`, () =>
      commandsBelow(this.pid).some((each) => command.test(each)),
    );
  }

  /** What Ctrl-C does in a terminal: the signal goes to the whole group. */
  interrupt(): void {
    process.kill(-this.pid, "SIGINT");
  }

  /** Ends it as nobody should: with SIGKILL, with all that it started. */
  async kill(): Promise<void> {
    await this.#gone(killAll(this.pid));
    await this.ended;
  }

  /** SIGKILL for the engine alone: the command of the step at hand goes on without it. */
  async killAlone(): Promise<void> {
    await this.#gone(
      killAll(this.pid, (command) => /^\/bin\/sh -c |bin\/step\.mjs /.test(command)),
    );
  }

  async #gone(killed: ReadonlySet<number>): Promise<void> {
    await until("the killed are gone", () => Promise.resolve([...killed].every(hasEnded)));
  }
}
