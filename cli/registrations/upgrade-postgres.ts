import type { Command } from "commander";
import { onEngine, run, yes, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson upgrade-postgres`. */
export interface UpgradeOptions extends EngineOptions {
  readonly rehearse?: boolean;
  readonly apply?: boolean;
  readonly undo?: boolean;
  /** Without a rehearsal that has succeeded. */
  readonly withoutRehearsal?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Registers `keelson upgrade-postgres`. */
export function upgradeCommand(program: Command, load: Load<[UpgradeOptions]>): void {
  onEngine(
    program,
    "upgrade-postgres",
    "upgrade the data to the PostgreSQL version in the settings",
  )
    .option("--rehearse", "try the upgrade on a restored copy and report the result")
    .option("--apply", "upgrade the data in maintenance mode; the previous data are kept")
    .option("--undo", "undo the last upgrade: restore the data from before it")
    .option("--without-rehearsal", "apply without a successful rehearsal")
    .option(...yes)
    .option("--json", "print the report as JSON on the last line")
    .action((options: UpgradeOptions) => run(load, options));
}
