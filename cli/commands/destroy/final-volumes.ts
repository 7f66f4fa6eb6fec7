import { join } from "node:path";
import { hostNames, prefixOf } from "#config";
import { volumeGroups } from "#config/backed-volumes";
import { message } from "../backup.js";
import { copyOut, retryWhileBusy } from "./copy-out.js";
import { ask, type OurContainer } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import type { FinalBackupContext } from "./context.js";
import type { Say } from "../../io/progress.js";
import { containerOf } from "../../stack/volume-backups.js";
import { ourVolumes } from "../../stack/volumes.js";

/** Takes a last snapshot of the volumes that are backed up where it outlives the stack, and brings an archive of each to this machine where one is asked for. @throws Failure */
export async function finalVolumes(
  context: FinalBackupContext,
  running: readonly OurContainer[],
  say: Say,
): Promise<void> {
  const { docker, settings, stack } = context;
  const there = await ourVolumes(docker, ...hostNames(settings, stack));
  const prefix = prefixOf(settings, stack);
  for (const group of volumeGroups(settings)) {
    const names = group.volumes.flatMap(({ name, role }) =>
      there.includes(`${prefix}-${role}`) ? [name] : [],
    );
    if (names.length === 0) continue;
    const container = containerOf(group, running, settings);
    if (container === undefined) {
      throw new Failure(
        `the container that backs up the volumes ${names.join(", ")} does not run; run keelson up.`,
      );
    }
    await lastOf(context, container, names, say);
  }
}

async function lastOf(
  { docker, settings, withData, folder }: FinalBackupContext,
  container: OurContainer,
  names: readonly string[],
  say: Say,
): Promise<void> {
  const script = (...args: string[]) =>
    docker(["exec", container.id, "/usr/local/bin/volume-backup", ...args]);
  // The local repository goes with the data: only what is elsewhere is worth a snapshot then.
  if (!withData || settings.backup.repositories.length > 0) {
    const result = await retryWhileBusy(() => script("take"), "final backup of volumes", say);
    for (const line of result.stdout.trim().split("\n")) say(message(line));
  }
  if (folder === undefined) return;
  for (const volume of names) {
    await retryWhileBusy(() => script("archive", volume), `final archive of ${volume}`, say);
    const file = `${volume}.tar.zst`;
    await copyOut(docker, container.id, { from: archives, file, folder });
    await ask(docker, ["exec", container.id, "rm", "-r", archives]);
    say(`The final archive of ${volume} is ${join(folder, file)}; its checksum is right.`);
  }
}

/** Folder in which the script writes archives. */
const archives = "/volume-backups/final";
