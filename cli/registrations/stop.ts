import type { Command } from "commander";
import { onStack, run, yes, type Load, type StackOptions } from "./command.js";

/** Options of `keelson stop`. */
export interface StopOptions extends StackOptions {
  /** Removes the stack, its data and its state. */
  readonly purge?: boolean;
  readonly yes?: boolean;
}

/** Registers `keelson stop`. */
export function stopCommand(program: Command, load: Load<[StopOptions]>): void {
  onStack(program, "stop", "stop the stack's containers, keep its data")
    .option("--purge", "remove the stack, its data and its state")
    .option(...yes)
    .action((options: StopOptions) => run(load, options));
}
