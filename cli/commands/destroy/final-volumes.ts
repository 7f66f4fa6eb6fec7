import { join } from "node:path";
import { hostNames, prefixOf } from "#config";
import { message } from "../backup.js";
import { copyOut, retryWhileBusy } from "./copy-out.js";
import { ask, type OurContainer } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import type { FinalBackupContext } from "./context.js";
import type { Say } from "../../io/progress.js";
import { markedVolumes, placeOfVolume } from "../../stack/volume-backups.js";
import { ourVolumes } from "../../stack/volumes.js";

/** Takes a last snapshot of the app's volumes that are backed up where it outlives the stack, and brings an archive of each to this machine where one is asked for. @throws Failure */
export async function finalVolumes(
  context: FinalBackupContext,
  running: readonly OurContainer[],
  say: Say,
): Promise<void> {
  const { docker, settings, stack, withData, folder } = context;
  const there = await ourVolumes(docker, ...hostNames(settings, stack));
  const marked = markedVolumes(settings).filter((name) =>
    there.includes(`${prefixOf(settings, stack)}-${placeOfVolume(settings, name).role}`),
  );
  if (marked.length === 0) return;
  const container = running.find(({ workload }) => workload === "volumes");
  if (container === undefined) {
    throw new Failure(
      `the container that backs up the volumes ${marked.join(", ")} does not run; run keelson up.`,
    );
  }
  const script = (...args: string[]) =>
    docker(["exec", container.id, "/usr/local/bin/volume-backup", ...args]);
  // The local repository goes with the data: only what is elsewhere is worth a snapshot then.
  if (!withData || settings.backup.repositories.length > 0) {
    const result = await retryWhileBusy(() => script("take"), "final backup of volumes", say);
    for (const line of result.stdout.trim().split("\n")) say(message(line));
  }
  if (folder === undefined) return;
  for (const volume of marked) {
    await retryWhileBusy(() => script("archive", volume), `final archive of ${volume}`, say);
    const file = `${volume}.tar.zst`;
    await copyOut(docker, container.id, { from: archives, file, folder });
    await ask(docker, ["exec", container.id, "rm", "-r", archives]);
    say(`The final archive of ${volume} is ${join(folder, file)}; its checksum is right.`);
  }
}

/** Folder in which the script writes archives. */
const archives = "/volume-backups/final";
