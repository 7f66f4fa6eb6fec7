import type { Command } from "commander";
import { onEngine, run, yes, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson destroy`. */
export interface DestroyOptions extends EngineOptions {
  readonly yes?: boolean;
  /** The data go as well, protected or not. */
  readonly destroyData?: boolean;
  /** Folder on this machine for the last dump. */
  readonly finalBackup?: string;
  readonly skipFinalBackup?: boolean;
}

/** Registers `keelson destroy`. */
export function destroyCommand(program: Command, load: Load<[DestroyOptions]>): void {
  onEngine(program, "destroy", "remove the stack, keep its data volumes")
    .option("--destroy-data", "remove the data as well, protected or not")
    .option(
      "--final-backup <folder>",
      "folder for the final dump; default with --destroy-data: the current one",
    )
    .option("--skip-final-backup", "take no final backup")
    .option(...yes)
    .action((options: DestroyOptions) => run(load, options));
}
