import type { Command } from "commander";
import { json, onEngine, run, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson up`. */
export interface UpOptions extends EngineOptions {
  /** The real resources are read first. */
  readonly refresh?: boolean;
  readonly json?: boolean;
}

/** Registers `keelson up`. */
export function upCommand(program: Command, load: Load<[UpOptions]>): void {
  onEngine(program, "up", "bring the stack to what its settings say")
    .option("--refresh", "read the real resources first")
    .option(...json)
    .action((options: UpOptions) => run(load, options));
}
