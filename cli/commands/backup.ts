import { Failure } from "../io/failure.js";
import { withProgress, type Say } from "../io/progress.js";
import { tail } from "#lib/run-process";
import type { BackupKind, BackupNowOptions } from "../registrations/backup.js";
import type { StackOptions } from "../registrations/command.js";
import { workloadOf } from "../stack/container.js";
import { volumesContexts } from "../stack/volume-backups.js";

/** The kinds of backups, and the command that takes one. */
const commands = {
  full: ["/usr/local/bin/physical-backup", "full"],
  differential: ["/usr/local/bin/physical-backup", "diff"],
  dump: ["/usr/local/bin/dump"],
  volumes: ["/usr/local/bin/volume-backup", "take"],
} as const satisfies Record<BackupKind, readonly string[]>;
const prepare = ["/usr/local/bin/prepare-repository"];

/** `keelson backup now`: takes a backup outside of its schedule; without a kind, a differential one (of an external database a dump) and one of the volumes. */
export async function backupNow(options: BackupNowOptions, say: Say): Promise<void> {
  const { type } = options;
  if (type !== "volumes") {
    const backup = await workloadOf(options, "backup");
    const external = backup.settings.database.externalUrlSecret !== undefined;
    const kind = type ?? (external ? "dump" : "differential");
    if (external && kind !== "dump") {
      throw new Failure(
        "--type: the database is external: of it there are dumps alone; say --type dump.",
      );
    }
    const failed = "No backup was taken";
    // It starts afresh, so it may begin in a repository that was lost.
    if (kind === "full") await runIn(backup, say, { args: prepare, what: "repositories", failed });
    await runIn(backup, say, { args: commands[kind], what: `${kind} backup`, failed });
  }
  if (type !== undefined && type !== "volumes") return;
  const contexts = await volumesContexts(options);
  for (const { docker, container } of contexts) {
    await runIn({ docker, id: container.id }, say, {
      args: commands.volumes,
      what: "backup of volumes",
      failed: "No backup of volumes was taken",
    });
  }
  if (contexts.length === 0 && type === "volumes") {
    throw new Failure(
      `app.volumes: none of ${options.stack} says backup: true; set that and run keelson up.`,
    );
  }
}

/** `keelson backup verify`: reads all that is stored, and compares it with its checksums. */
export async function backupVerify(options: StackOptions, say: Say): Promise<void> {
  await runIn(await workloadOf(options, "backup"), say, {
    args: ["/usr/local/bin/verify"],
    what: "verification",
    failed: "Not all that is stored is as it was written",
  });
}

async function runIn(
  { docker, id }: Pick<Awaited<ReturnType<typeof workloadOf>>, "docker" | "id">,
  say: Say,
  { args, what, failed }: { args: readonly string[]; what: string; failed: string },
): Promise<void> {
  const result = await withProgress(say, what, docker(["exec", id, ...args]));
  if (result.code !== 0) throw new Failure(`${failed}: ${message(tail(result, 1))}`);
  for (const line of result.stdout.trim().split("\n")) say(message(line));
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
