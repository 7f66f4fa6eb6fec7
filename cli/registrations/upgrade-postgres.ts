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
  onEngine(program, "upgrade-postgres", "bring the data to the version that the settings name")
    .option("--rehearse", "do it on what the repository gives back, and say how that went")
    .option("--apply", "do it on the data, in maintenance; those of before are kept")
    .option("--undo", "put the data of before the last upgrade back")
    .option("--without-rehearsal", "apply what no rehearsal has shown to work")
    .option(...yes)
    .option("--json", "print the report as JSON on the last line")
    .action((options: UpgradeOptions) => run(load, options));
}
