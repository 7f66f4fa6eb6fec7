import type { Command } from "commander";
import { onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson backups`. */
export interface BackupsOptions extends StackOptions {
  readonly json?: boolean;
  readonly metrics?: boolean;
}

/** Registers `keelson backups`. */
export function backupsCommand(program: Command, load: Load<[BackupsOptions]>): void {
  onStack(program, "backups", "list backups, their proofs, and the range that can be restored")
    .option("--json", "print the list as JSON")
    .option("--metrics", "print the metrics for Prometheus")
    .action((options: BackupsOptions) => run(load, options));
}
