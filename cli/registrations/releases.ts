import type { Command } from "commander";
import { json, onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson releases`. */
export interface ReleasesOptions extends StackOptions {
  readonly json?: boolean;
}

/** Registers `keelson releases`. */
export function releasesCommand(program: Command, load: Load<[ReleasesOptions]>): void {
  onStack(program, "releases", "show what went live on the stack, and how that went")
    .option(...json)
    .action((options: ReleasesOptions) => run(load, options));
}
