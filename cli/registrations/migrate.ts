import type { Command } from "commander";
import { onEngine, run, yes, type EngineOptions, type Load } from "./command.js";

/** Options of `keelson migrate`. */
export interface MigrateOptions extends EngineOptions {
  readonly yes?: boolean;
}

/** Registers `keelson migrate`. */
export function migrateCommand(program: Command, load: Load<[MigrateOptions]>): void {
  onEngine(program, "migrate", "run the live image's migration again, under the lock of migrations")
    .option(...yes)
    .action((options: MigrateOptions) => run(load, options));
}
