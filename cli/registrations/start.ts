import type { Command } from "commander";
import { json, onEngine, run, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson start`. */
export interface StartOptions extends EngineOptions {
  readonly json?: boolean;
}

/** Registers `keelson start`. */
export function startCommand(program: Command, load: Load<[StartOptions]>): void {
  onEngine(program, "start", "bring up the stack from whatever the machine has")
    .option(...json)
    .action((options: StartOptions) => run(load, options));
}
