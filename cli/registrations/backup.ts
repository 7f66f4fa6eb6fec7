import { Option, type Command } from "commander";
import { onStack, run, type Load, type StackOptions } from "./command.js";

/** Values of `keelson backup now --type`. */
export const backupKinds = ["full", "differential", "dump", "volumes"] as const;

/** A kind of backup. */
export type BackupKind = (typeof backupKinds)[number];

/** Options of `keelson backup now`. */
export interface BackupNowOptions extends StackOptions {
  readonly type?: BackupKind;
}

/** Registers `keelson backup now` and `keelson backup verify`. */
export function backupCommands(
  program: Command,
  loads: { readonly now: Load<[BackupNowOptions]>; readonly verify: Load<[StackOptions]> },
): void {
  const backup = program.command("backup").description("take backups");
  const type = new Option(
    "--type <type>",
    "kind of backup; default: differential, and the volumes",
  );
  onStack(backup, "now", "take a backup outside of its schedule")
    .addOption(type.choices(backupKinds))
    .action((options: BackupNowOptions) => run(loads.now, options));
  onStack(backup, "verify", "verify the checksums of all stored backups").action(
    (options: StackOptions) => run(loads.verify, options),
  );
}
