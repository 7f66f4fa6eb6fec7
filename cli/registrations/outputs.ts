import type { Command } from "commander";
import { json, onEngine, run, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson outputs`. */
export interface OutputsOptions extends EngineOptions {
  readonly json?: boolean;
  readonly showSecrets?: boolean;
}

/** Registers `keelson outputs`. */
export function outputsCommand(program: Command, load: Load<[OutputsOptions]>): void {
  onEngine(program, "outputs", "show the stack's outputs")
    .option(...json)
    .option("--show-secrets", "show secret values too")
    .action((options: OutputsOptions) => run(load, options));
}
