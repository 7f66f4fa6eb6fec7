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
  onEngine(program, "rollback", "put an earlier release live again: its image and its settings")
    .option("--to <release>", "the release; default: the last good one before the live one")
    .option("--list", "show the releases that can be gone back to, change nothing")
    .option("--keep-data", "go back over a migration, with the data as they are")
    .option("--with-data", "go back over a migration, with the data of before it")
    .option(...yes)
    .option(...json)
    .action((options: RollbackOptions) => run(load, options));
}
