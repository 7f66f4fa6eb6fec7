import type { Command } from "commander";
import { onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson env-example`. */
export interface EnvExampleOptions extends StackOptions {
  /** Nothing is written; a difference is an error. */
  readonly check?: boolean;
  /** Folder of the app's sources. */
  readonly source?: string;
  /** Files that name every secret that is injected, with commas between. */
  readonly namedIn?: string;
  /** The example. */
  readonly file?: string;
}

/** Registers `keelson env-example`. */
export function envExampleCommand(program: Command, load: Load<[EnvExampleOptions]>): void {
  onStack(program, "env-example", "write .env.example from the settings, or check it")
    .option("--check", "write nothing; fail where it differs from the settings and the sources")
    .option(
      "--named-in <files>",
      "with --check: files that have to name every secret that is injected, comma-separated",
    )
    .option("--source <folder>", "folder of the app's sources; default: app.build.context")
    .option("--file <file>", "the example; default: .env.example in that folder")
    .action((options: EnvExampleOptions) => run(load, options));
}
