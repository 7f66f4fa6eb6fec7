import type { Command } from "commander";
import { onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson status`. */
export interface StatusOptions extends StackOptions {
  readonly json?: boolean;
  /** It is shown again every two seconds. */
  readonly watch?: boolean;
  /** File that becomes a page of it. */
  readonly html?: string;
  /** The page is for anybody. */
  readonly public?: boolean;
}

/** Registers `keelson status`. */
export function statusCommand(program: Command, load: Load<[StatusOptions]>): void {
  onStack(program, "status", "show what is live and how it does; exit code 0 if nothing is wrong")
    .option("--json", "print it as JSON, one line")
    .option("--watch", "show it again every two seconds")
    .option("--html <file>", "write it to a file as a page for a browser, too")
    .option("--public", "of --html: only whether the site is up, and its incidents")
    .action((options: StatusOptions) => run(load, options));
}
