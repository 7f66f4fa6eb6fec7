import type { Command } from "commander";
import { onEngine, run, yes, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson rename`. */
export interface RenameOptions extends EngineOptions {
  /** New name of the stack. */
  readonly to?: string;
  /** New `app.name`. */
  readonly app?: string;
  /** New name of the database, which is renamed in the server. */
  readonly database?: string;
  readonly yes?: boolean;
}

/** Registers `keelson rename`. */
export function renameCommand(program: Command, load: Load<[RenameOptions]>): void {
  onEngine(program, "rename", "rename the stack, its app or its database, and keep the data")
    .option("--to <stack>", "new name of the stack")
    .option("--app <name>", "new app.name")
    .option("--database <name>", "new name of the database, with a short maintenance")
    .option(...yes)
    .action((options: RenameOptions) => run(load, options));
}
