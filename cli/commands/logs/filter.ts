import type { LogLevel } from "../../registrations/logs.js";
import { isAtLeast, isContinuation, levelOf } from "./level.js";
import type { LogLine } from "./text.js";

/** Lines to be shown; undefined: all. */
export interface Wanted {
  readonly grep?: RegExp | undefined;
  readonly level?: LogLevel | undefined;
}

/** Finds the level of each line, and passes on those that are wanted. */
export class LineFilter {
  readonly #wanted: Wanted;
  readonly #pass: (line: LogLine) => void;
  /** Of the last line of each output of a container that says one. */
  readonly #last = new Map<string, LogLevel | undefined>();

  public constructor(wanted: Wanted, pass: (line: LogLine) => void) {
    this.#wanted = wanted;
    this.#pass = pass;
  }

  public take(line: Omit<LogLine, "level">): void {
    const level = this.#levelOf(line);
    const { grep, level: wanted } = this.#wanted;
    if (wanted !== undefined && !isAtLeast(level, wanted)) return;
    if (grep !== undefined && !grep.test(line.message)) return;
    this.#pass({ ...line, level });
  }

  /** Returns the level of a line: a continuation has that of the line before it. */
  #levelOf({ container, stream, message }: Omit<LogLine, "level">): LogLevel | undefined {
    const output = `${container} ${stream}`;
    const own = levelOf(message);
    if (own === undefined && isContinuation(message)) return this.#last.get(output);
    this.#last.set(output, own);
    return own;
  }
}
