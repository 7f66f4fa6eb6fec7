import { resolve } from "node:path";
import { hostNames, namesOf, type Settings } from "#config";
import { confirm } from "../io/confirm.js";
import { ourContainers } from "../io/docker.js";
import { Failure } from "../io/failure.js";
import type { Docker } from "#lib/docker";
import { finalBackup } from "./destroy/final-backup.js";
import { removeVolumes } from "../io/removal.js";
import type { Say } from "../io/progress.js";
import type { DestroyOptions } from "../registrations/destroy.js";
import { protection } from "../stack/protection.js";
import { requireIdentity } from "../stack/recorded-identity.js";
import { repair } from "../stack/repair.js";
import { openSession } from "../stack/session.js";
import { checkedSettings, targetOf } from "../project/target.js";
import { unmarkedVolumes } from "../stack/volume-backups.js";
import { keptText, ourVolumes } from "../stack/volumes.js";

/** `keelson destroy`: removes a stack; its data volumes stay unless told otherwise, and then a last backup is made first. */
export async function destroy(options: DestroyOptions, say: Say): Promise<void> {
  const withData = options.destroyData === true;
  const checked = checkedSettings(targetOf(options), false);
  const refusal = protection(checked, options.stack);
  if (refusal !== undefined && !withData) throw new Failure(refusal);
  const last = lastBackupOf(options, checked);
  const what = announcement(options.stack, withData, last, unmarkedVolumes(checked));
  await confirm(what, options.stack, options);
  const session = await openSession(options, say, { secrets: "unused" });
  const { runner, docker, settings, target } = session;
  requireIdentity(session, await runner.recorded());
  await requireNoCopy(docker, ...hostNames(settings, target.stack));
  // Roles and grants are removed through the database: it has to be there.
  await repair({ runner, docker, ...namesOf(settings, target.stack) }, say);
  if (last !== undefined) {
    await finalBackup({ docker, settings, stack: target.stack, withData, ...last }, say);
  }
  const { changes, seconds } = await runner.destroy({ protectedToo: withData });
  say(`${changes.delete} removed, ${seconds.toFixed(1)} s.`);
  const volumes = await ourVolumes(docker, ...hostNames(settings, target.stack));
  if (withData) await removeVolumes(docker, volumes);
  else for (const line of keptText(volumes)) say(line);
}

/** Refuses while a copy follows an old server: nobody would read its slot there any more. @throws Failure */
async function requireNoCopy(docker: Docker, app: string, stack: string): Promise<void> {
  const all = await ourContainers(docker, app, stack);
  if (all.every(({ workload }) => workload !== "adopt")) return;
  throw new Failure(
    "A copy follows an old server, which keeps its log for it until its disk is full; nothing was changed. Take it back first (keelson adopt --back), or go live with it (--finish).",
  );
}

/** The place of the last backup: a folder, or alongside the others where none is named; undefined: none is made. */
export interface LastBackup {
  /** Absolute. */
  readonly folder: string | undefined;
}

/** The last backup that a destroy makes: always before data go, and in `prod` at any rate. @throws Failure */
export function lastBackupOf(
  options: DestroyOptions,
  settings: Settings,
  now = new Date(),
): LastBackup | undefined {
  const { finalBackup: named, skipFinalBackup = false, destroyData = false } = options;
  if (skipFinalBackup && named !== undefined) {
    throw new Failure("--final-backup and --skip-final-backup exclude each other; give one.");
  }
  const external = settings.database.externalUrlSecret !== undefined;
  if (external && !settings.backup.enabled) {
    if (named === undefined) return undefined;
    throw new Failure(
      "--final-backup: the database is external, and backup.enabled is false; back it up there.",
    );
  }
  const wanted = named !== undefined || destroyData || settings.environment === "prod";
  if (skipFinalBackup || !wanted) return undefined;
  if (!settings.backup.enabled) {
    if (named === undefined && !destroyData) return undefined;
    throw new Failure(
      `No final backup can be taken: backup.enabled is false for ${options.stack}. ` +
        "Set it to true and run keelson up, or add --skip-final-backup.",
    );
  }
  if (named !== undefined) return { folder: resolve(named) };
  if (!destroyData) return { folder: undefined };
  const time = now.toISOString().replace(/[-:]|\.\d+/g, "");
  return { folder: resolve(`${settings.app.name}-${options.stack}-final-${time}`) };
}

/** Returns the question to the person. */
export function announcement(
  stack: string,
  withData: boolean,
  last: LastBackup | undefined,
  unmarked: readonly string[] = [],
): string {
  const data = withData
    ? "with its database, its volumes and its backups, for good"
    : "but keeps its data";
  const removed = `This removes the stack ${stack}, ${data}.`;
  if (last === undefined) {
    return withData ? `${removed} No final backup is made.` : removed;
  }
  const place = last.folder === undefined ? "alongside the other backups" : `to ${last.folder}`;
  const without =
    withData && unmarked.length > 0
      ? ` None is made of the volumes that are not backed up: ${unmarked.join(", ")}.`
      : "";
  return `${removed} The app is stopped, and a final backup is made ${place}, first.${without}`;
}
