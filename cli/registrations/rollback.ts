import type { Command } from "commander";
import { json, onEngine, run, yes, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson rollback`. */
export interface RollbackOptions extends EngineOptions {
  /** Id of a release. */
  readonly to?: string;
  readonly list?: boolean;
  readonly keepData?: boolean;
  readonly withData?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Registers `keelson rollback`. */
export function rollbackCommand(program: Command, load: Load<[RollbackOptions]>): void {
  onEngine(program, "rollback", "put an earlier release live again, with its image and settings")
    .option("--to <release>", "the release; default: the last good one before the live one")
    .option("--list", "list the releases available for a rollback, change nothing")
    .option("--keep-data", "roll back past a migration and keep the current data")
    .option("--with-data", "roll back past a migration and restore the data from before it")
    .option(...yes)
    .option(...json)
    .action((options: RollbackOptions) => run(load, options));
}
