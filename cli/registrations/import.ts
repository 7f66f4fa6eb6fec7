import type { Command } from "commander";
import { onEngine, run, yes, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson import`. */
export interface ImportOptions extends EngineOptions {
  /** File of pg_dump's custom format. */
  readonly dump: string;
  readonly replace?: boolean;
  readonly ignoreChecks?: boolean;
  readonly yes?: boolean;
}

/** Registers `keelson import`. */
export function importCommand(program: Command, load: Load<[ImportOptions]>): void {
  onEngine(program, "import", "restore a dump into the stack's database")
    .requiredOption("--dump <file>", "a file of pg_dump -Fc")
    .option("--replace", "replace the contents of the database; the previous ones are kept")
    .option("--ignore-checks", "accept restored data that fail their checks")
    .option(...yes)
    .action((options: ImportOptions) => run(load, options));
}
