import type { Command } from "commander";
import { json, onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson releases`. */
export interface ReleasesOptions extends StackOptions {
  readonly json?: boolean;
}

/** Registers `keelson releases`. */
export function releasesCommand(program: Command, load: Load<[ReleasesOptions]>): void {
  onStack(program, "releases", "list the releases of the stack and their results")
    .option(...json)
    .action((options: ReleasesOptions) => run(load, options));
}
