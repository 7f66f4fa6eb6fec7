import { inStartOrder, inStopOrder, writersOf } from "#workload/roles";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { hostNames, prefixOf } from "#config";
import { dumpStatus } from "../../documents/backups.js";
import { readDocument } from "../../documents/read.js";
import { message } from "../backup.js";
import { copyOut, retryWhileBusy } from "./copy-out.js";
import type { Docker } from "#lib/docker";
import { ask, ourContainers, type OurContainer } from "../../io/docker.js";
import { Failure, messageOf } from "../../io/failure.js";
import type { FinalBackupContext } from "./context.js";
import { finalVolumes } from "./final-volumes.js";
import { withProgress, type Say } from "../../io/progress.js";
import { tail } from "#lib/run-process";
import { ourVolumes } from "../../stack/volumes.js";

/**
 * Stops the app and all that writes, so that nothing is written any more, dumps the database, takes a physical backup where that outlives
 * the stack, and brings the dump to this machine; the same of the app's volumes that are backed up. When any of it
 * fails the app is started again.
 *
 * @throws Failure when there is data of which no backup could be made; nothing has been removed then
 */
export async function finalBackup(context: FinalBackupContext, say: Say): Promise<void> {
  const { docker, settings, stack, folder } = context;
  const containers = await ourContainers(docker, ...hostNames(settings, stack));
  const running = containers.filter((each) => each.running);
  const backup = running.find(({ workload }) => workload === "backup");
  if (backup === undefined) return requireNoData(context, say);
  if (folder !== undefined) makeFolder(folder);
  const writers = inStopOrder(writersOf(running));
  try {
    await stopAll(docker, writers, say);
    await take(context, backup, say);
    await finalVolumes(context, running, say);
  } catch (error) {
    throw new Failure(
      `Nothing was removed: the final backup failed: ${messageOf(error)} ` +
        "Set that right, or add --skip-final-backup to go on without one." +
        (await startAgain(docker, writers)),
    );
  }
}

/** A stack that has nothing has nothing to lose. @throws Failure */
async function requireNoData({ docker, settings, stack }: FinalBackupContext, say: Say) {
  const data = `${prefixOf(settings, stack)}-postgres-data`;
  const volumes = await ourVolumes(docker, ...hostNames(settings, stack));
  if (!volumes.includes(data)) {
    say("There are no data of this stack on the host: no final backup is made.");
    return;
  }
  throw new Failure(
    `Nothing was removed: there are data of ${stack} (the volume ${data}), but no backup container that runs. ` +
      "Run keelson up first, so that a final backup can be taken, or add --skip-final-backup.",
  );
}

async function take(
  { docker, settings, withData, folder }: FinalBackupContext,
  { id }: OurContainer,
  say: Say,
): Promise<void> {
  const file = await dump(docker, id, say);
  const { repositories } = settings.backup;
  // The local repository goes with the data: only what is elsewhere is worth a backup then.
  const external = settings.database.externalUrlSecret !== undefined;
  if (!external && (!withData || repositories.length > 0)) {
    const base = docker(["exec", id, "/usr/local/bin/physical-backup", "diff"]);
    const result = await withProgress(say, "final physical backup", base);
    if (result.code !== 0) throw new Failure(`${message(tail(result, 1))}.`);
    for (const line of result.stdout.trim().split("\n")) say(message(line));
  }
  if (folder === undefined) {
    say(`The final dump is ${file}, on the volume of the backups.`);
    return;
  }
  const stem = file.replace(/\.dump$/, "");
  const alongside = [`${stem}.json`, `${stem}.globals.sql`];
  await copyOut(docker, id, { from: "/backups", file, alongside, folder });
  say(`The final dump is ${join(folder, file)}; its checksum is right.`);
}

/** Takes a dump, once one that runs has ended. Returns its name. @throws Failure */
async function dump(docker: Docker, id: string, say: Say): Promise<string> {
  const args = ["exec", id, "/usr/local/bin/dump"];
  await retryWhileBusy(() => docker(args), "final dump", say);
  const status = await ask(docker, ["exec", id, "cat", "/backups/status.json"]);
  return readDocument(dumpStatus, status, "the status of the dump").file;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Failure(
      `Nothing was removed: --final-backup: ${folder} can't be made (${messageOf(error)}).`,
    );
  }
}

/** Starts the containers again that were stopped, and returns the problems of those that do not start. */
async function startAgain(docker: Docker, stopped: readonly OurContainer[]): Promise<string> {
  const left: string[] = [];
  for (const { id, name } of inStartOrder(stopped)) {
    if ((await docker(["start", id])).code !== 0) left.push(name);
  }
  return left.length === 0 ? "" : ` ${left.join(", ")} did not start again; run keelson up.`;
}

async function stopAll(docker: Docker, writers: readonly OurContainer[], say: Say): Promise<void> {
  for (const { id, name } of writers) {
    await withProgress(say, `stopping ${name}`, ask(docker, ["stop", id]));
    say(`Stopped ${name}.`);
  }
}
