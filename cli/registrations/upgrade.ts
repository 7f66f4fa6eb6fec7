import type { Command } from "commander";
import { onEngine, run, yes, type EngineOptions, type Load } from "./command.js";

/** Options of `keelson upgrade`. */
export interface UpgradeOptions extends EngineOptions {
  /** Version, npm tag or package file. */
  readonly to: string;
  /** False: the stack is not previewed with the new version. */
  readonly preview: boolean;
  readonly yes?: boolean;
}

/** Registers `keelson upgrade`. */
export function upgradeKeelsonCommand(program: Command, load: Load<[UpgradeOptions]>): void {
  onEngine(program, "upgrade", "update Keelson in this project, after its changelog and a preview")
    .option("--to <version>", "version, npm tag or package file", "latest")
    .option("--no-preview", "do not preview the stack with the new version")
    .option(...yes)
    .action((options: UpgradeOptions) => run(load, options));
}
