import { Failure } from "./failure.js";
import { withProgress, type Say } from "./progress.js";
import { tail } from "./shell.js";
import { workloadOf } from "./stack-container.js";
import type { StackOptions } from "./target.js";

/** The kinds of backups, and the words that take one. */
const commands = {
  full: ["/usr/local/bin/base", "full"],
  differential: ["/usr/local/bin/base", "diff"],
  dump: ["/usr/local/bin/backup"],
} as const;
export type BackupKind = keyof typeof commands;
export const backupKinds = Object.keys(commands) as BackupKind[];

/** `keelson backup now`: takes a backup outside of its schedule. */
export async function backupNow(
  options: StackOptions & { readonly type: BackupKind },
  say: Say,
): Promise<void> {
  const { docker, id } = await workloadOf(options, "backup");
  const run = docker(["exec", id, ...commands[options.type]]);
  const ended = await withProgress(say, `${options.type} backup`, run);
  if (ended.code !== 0) throw new Failure(`No backup was taken: ${message(tail(ended, 1))}`);
  for (const line of ended.stdout.trim().split("\n")) say(message(line));
}

/** The text in a line of the container's log, which is JSON. */
export function message(line: string): string {
  try {
    const { message: text } = JSON.parse(line) as { readonly message?: string };
    return text ?? line;
  } catch {
    return line;
  }
}
