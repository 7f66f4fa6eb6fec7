import type { Command } from "commander";
import { json, onEngine, run, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson start`. */
export interface StartOptions extends EngineOptions {
  readonly json?: boolean;
}

/** Registers `keelson start`. */
export function startCommand(program: Command, load: Load<[StartOptions]>): void {
  onEngine(program, "start", "install what is missing on this machine and bring the stack up")
    .option(...json)
    .action((options: StartOptions) => run(load, options));
}
