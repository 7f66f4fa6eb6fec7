import type { Command } from "commander";
import { onStack, run, type Load, type StackOptions } from "./command.js";

/** Registers `keelson check`. */
export function checkCommand(program: Command, load: Load<[StackOptions]>): void {
  onStack(program, "check", "validate settings and required secrets").action(
    (options: StackOptions) => run(load, options),
  );
}
