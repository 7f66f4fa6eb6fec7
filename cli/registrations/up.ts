import type { Command } from "commander";
import { json, onEngine, run, yes, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson up`. */
export interface UpOptions extends EngineOptions {
  /** The real resources are read first. */
  readonly refresh?: boolean;
  readonly json?: boolean;
  /** Taken for those who are used to it: nothing is asked in any case. */
  readonly yes?: boolean;
}

/** Registers `keelson up`. */
export function upCommand(program: Command, load: Load<[UpOptions]>): void {
  onEngine(program, "up", "create or update the stack")
    .option("--refresh", "read the real resources first")
    .option(...json)
    // It never asks; pulumi up does, and scripts that ran it pass this.
    .option(...yes)
    .action((options: UpOptions) => run(load, options));
}
