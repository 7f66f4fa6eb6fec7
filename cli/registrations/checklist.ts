import type { Command } from "commander";
import { json, onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson checklist`. */
export interface ChecklistOptions extends StackOptions {
  /** Age that the newest backup may have. */
  readonly backupWithin: string;
  /** Age that the newest drill with a proof may have. */
  readonly proofWithin: string;
  /** Secrets that have to be there besides those of the settings, with commas between. */
  readonly require?: string;
  /** A stack that has to run the image already. */
  readonly after?: string;
  readonly json?: boolean;
}

/** Registers `keelson checklist`. */
export function checklistCommand(program: Command, load: Load<[ChecklistOptions]>): void {
  onStack(
    program,
    "checklist",
    "check what has to be right before a deploy; ends with 1 if it is not",
  )
    .option("--backup-within <duration>", "age that the newest backup may have", "26h")
    .option("--proof-within <duration>", "age that the newest proven restore may have", "26h")
    .option("--require <names>", "secrets that have to be there as well, with commas between")
    .option("--after <stack>", "stack on which the same image has to be live already")
    .option(...json)
    .action((options: ChecklistOptions) => run(load, options));
}
