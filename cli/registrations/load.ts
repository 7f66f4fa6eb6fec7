import type { Command } from "commander";
import { json, onStack, run, yes, type Load, type StackOptions } from "./command.js";

/** Options of `keelson load`. */
export interface LoadOptions extends StackOptions {
  /** Requests a second. */
  readonly rps: string;
  /** Duration, such as `60s`. */
  readonly for: string;
  /** Paths that are asked in turn, with commas between. */
  readonly paths: string;
  /** Address instead of the site's own. */
  readonly url?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** Registers `keelson load`. */
export function loadCommand(program: Command, load: Load<[LoadOptions]>): void {
  onStack(program, "load", "ask the site at a constant rate, and say what its clients got")
    .option("--rps <number>", "requests a second, up to 1000", "50")
    .option("--for <duration>", "how long, up to 10m", "30s")
    .option("--paths <paths>", "paths that are asked in turn, comma-separated", "/")
    .option("--url <url>", "address instead of the site's own, such as http://127.0.0.1:8080")
    .option(...json)
    .option(...yes)
    .action((options: LoadOptions) => run(load, options));
}
