import type { Command } from "commander";
import { onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson check`. */
export interface CheckOptions extends StackOptions {
  /** Names that the app has to have, comma-separated. */
  readonly require?: string;
}

/** Registers `keelson check`. */
export function checkCommand(program: Command, load: Load<[CheckOptions]>): void {
  onStack(program, "check", "validate settings and required secrets")
    .option("--require <names>", "variables that the app has to have, comma-separated")
    .action((options: CheckOptions) => run(load, options));
}
