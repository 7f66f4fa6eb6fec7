import { inStartOrder, inStopOrder, writersOf } from "#workload/roles";
import { prefixOf } from "#config";
import { takeLock } from "#engine/lock";
import { confirm } from "../../io/confirm.js";
import { ask, hardened, type OurContainer } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import { ensureHome } from "../../project/home.js";
import { withProgress, type Say } from "../../io/progress.js";
import { tail } from "#lib/run-process";
import { projectName } from "../../project/config.js";
import { size } from "../../io/table.js";
import { targetOf } from "../../project/target.js";
import type { RestoreVolumeOptions } from "../../registrations/restore.js";
import { readDocument } from "../../documents/read.js";
import { volumeLook, type VolumeLook } from "../../documents/volumes.js";
import { whyUnhealthy } from "../../stack/health.js";
import {
  markedVolumes,
  placeOfVolume,
  volumesContext,
  type VolumesContext,
} from "../../stack/volume-backups.js";

/** `keelson restore --volume`: a snapshot is restored alongside what a volume of the app holds, then the two are swapped. */
export async function restoreVolume(options: RestoreVolumeOptions, say: Say): Promise<void> {
  const context = await volumesContext(options);
  if (context === undefined || !markedVolumes(context.settings).includes(options.volume)) {
    throw new Failure(notMarked(options, context));
  }
  const { undo = false, discard = false } = options;
  if ([undo, discard, options.snapshot !== undefined].filter(Boolean).length > 1) {
    throw new Failure("--snapshot, --undo and --discard exclude each other; give one.");
  }
  const target = targetOf(options);
  const { state } = ensureHome(target.home);
  const project = projectName(target.projectDirectory);
  const release = await takeLock(state, project, target.stack, say);
  try {
    if (discard) await forget(context, options, say);
    else if (undo) await goBack(context, options, say);
    else await restore(context, options, say);
  } finally {
    await release();
  }
}

async function forget(context: VolumesContext, options: RestoreVolumeOptions, say: Say) {
  const { volume, stack } = options;
  await confirm(`This deletes what ${volume} held before its last restore.`, stack, options);
  await work(context, volume, ["forget"], say);
  say("Removed.");
}

async function goBack(context: VolumesContext, options: RestoreVolumeOptions, say: Say) {
  const { volume, stack } = options;
  const what = `This swaps back what ${volume} held before its last restore; the app is stopped for that.`;
  await confirm(what, stack, options);
  await work(context, volume, ["back"], say);
  await exchange(context, volume, say);
}

async function restore(context: VolumesContext, options: RestoreVolumeOptions, say: Say) {
  const { volume, stack, repository = "1" } = options;
  const wanted = options.snapshot ?? "latest";
  const look = await lookAt(context, [volume, wanted, repository]);
  if (look.swapping) {
    const what = `An exchange of ${volume} was interrupted. This completes it; the app is stopped for that.`;
    await confirm(what, stack, options);
    await exchange(context, volume, say);
    return;
  }
  if (look.free < look.snapshot.bytes * 1.1) {
    throw new Failure(
      `The disk has ${size(look.free)} free, and the snapshot needs ${size(look.snapshot.bytes)} in addition to what is there.`,
    );
  }
  await confirm(announcement(volume, look), stack, options);
  await work(context, volume, ["fetch", volume, look.snapshot.id, repository], say);
  await exchange(context, volume, say);
  say(`To undo it: keelson restore --stack ${stack} --volume ${volume} --undo`);
}

/** Returns the question to the person. */
export function announcement(volume: string, { snapshot, since, now, before }: VolumeLook): string {
  const { id, at, files, bytes, complete } = snapshot;
  return [
    `This restores ${volume} to the snapshot ${id.slice(0, 8)} of ${at} (${String(files)} files, ${size(bytes)}).`,
    ...(complete ? [] : ["THE SNAPSHOT IS INCOMPLETE: some files could not be read then."]),
    since.files === 0
      ? "Nothing is new or changed since."
      : `${String(since.files)} files (${size(since.bytes)}) are new or changed since, and not in it.`,
    `It is restored alongside what is there and compared with its hashes; then the app is stopped while the two are swapped.`,
    `What is there now (${String(now.files)} files) is kept for --undo.`,
    ...(before === null ? [] : ["What was kept of the restore before is deleted."]),
  ].join(" ");
}

async function lookAt({ docker, container }: VolumesContext, args: readonly string[]) {
  const result = await docker(["exec", container.id, script, "look", ...args]);
  if (result.code === 0) return readDocument(volumeLook, result.stdout, "the snapshot");
  throw new Failure(`Nothing was changed: ${tail(result, 1)}`);
}

const script = "/usr/local/bin/restore-volume";

/** Stops the app, swaps old and new content by renames, and starts the app again. */
async function exchange(context: VolumesContext, volume: string, say: Say): Promise<void> {
  const { docker, containers } = context;
  // One that an exchange before has left stopped is to run as well.
  const writers = inStopOrder(writersOf(containers)).filter(({ wanted }) => wanted);
  const began = Date.now();
  for (const { id, name, running } of writers) {
    if (running) await withProgress(say, `stopping ${name}`, ask(docker, ["stop", id]));
  }
  await work(context, volume, ["swap"], say);
  for (const { id } of inStartOrder(writers)) await ask(docker, ["start", id]);
  await healthy(context, writers, say);
  const took = ((Date.now() - began) / 1000).toFixed(1);
  say(`${volume} is restored; the app was away for ${took} s.`);
}

/** Runs the script where it may write to the volume, as the app's user, with what the container of backups has besides. */
async function work(
  { docker, settings, stack, container }: VolumesContext,
  volume: string,
  args: readonly string[],
  say: Say,
): Promise<void> {
  const name = prefixOf(settings, stack);
  const run = docker([
    "run",
    "--rm",
    "--name",
    `${name}-restore-volume`,
    "--user",
    settings.app.user,
    ...hardened,
    "--memory",
    "512m",
    "--network",
    `container:${container.id}`,
    "--volumes-from",
    `${container.id}:ro`,
    "--volume",
    `${name}-${placeOfVolume(settings, volume).role}:/volume`,
    container.image,
    script,
    ...args,
  ]);
  const result = await withProgress(say, `${args[0] ?? ""} ${volume}`, run);
  if (result.code === 0) return;
  throw new Failure(
    `${args[0] === "swap" ? "The volume could not be swapped, and the app is stopped" : "Nothing was changed"}: ${tail(result, 1)}` +
      (args[0] === "swap" ? "; run the command again, which goes on where it was." : ""),
  );
}

async function healthy(
  { docker, settings }: VolumesContext,
  apps: readonly OurContainer[],
  say: Say,
): Promise<void> {
  const limit = settings.app.health.startTimeout;
  for (const { id, name } of apps) {
    const why = await withProgress(say, `${name} starts`, whyUnhealthy(docker, id, limit));
    if (why !== undefined) {
      throw new Failure(`${name} is not healthy after ${limit}: ${why}; see its log.`);
    }
  }
}

function notMarked({ volume, stack }: RestoreVolumeOptions, context: VolumesContext | undefined) {
  const names = context === undefined ? [] : markedVolumes(context.settings);
  const there = names.length === 0 ? "there is none" : `there are: ${names.join(", ")}`;
  return `--volume: the settings of ${stack} have no volume "${volume}" with backup: true; ${there}.`;
}
