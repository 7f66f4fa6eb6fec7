import { takeLock } from "#engine/lock";
import { confirm } from "../../io/confirm.js";
import { Failure } from "../../io/failure.js";
import { ensureHome } from "../../project/home.js";
import type { Say } from "../../io/progress.js";
import { tail } from "#lib/run-process";
import { projectName } from "../../project/config.js";
import { size } from "../../io/table.js";
import { targetOf } from "../../project/target.js";
import type { RestoreVolumeOptions } from "../../registrations/restore.js";
import { readDocument } from "../../documents/read.js";
import { volumeLook, type VolumeLook } from "../../documents/volumes.js";
import { volumesContexts, type VolumesContext } from "../../stack/volume-backups.js";
import { exchange, script, work, type RestoreContext } from "./volume-exchange.js";

/** `keelson restore --volume`: a snapshot is restored alongside what a volume of the app holds, then the two are swapped. */
export async function restoreVolume(options: RestoreVolumeOptions, say: Say): Promise<void> {
  const contexts = await volumesContexts(options);
  const found = contexts.flatMap((each) =>
    each.group.volumes.flatMap((volume) =>
      volume.name === options.volume ? [{ ...each, volume }] : [],
    ),
  );
  const [context] = found;
  if (context === undefined) throw new Failure(notMarked(options, contexts));
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

async function forget(context: RestoreContext, options: RestoreVolumeOptions, say: Say) {
  const { volume, stack } = options;
  await confirm(`This deletes what ${volume} held before its last restore.`, stack, options);
  await work(context, ["forget"], say);
  say("Removed.");
}

async function goBack(context: RestoreContext, options: RestoreVolumeOptions, say: Say) {
  const { volume, stack } = options;
  const what = `This swaps back what ${volume} held before its last restore; the app is stopped for that.`;
  await confirm(what, stack, options);
  await work(context, ["back"], say);
  await exchange(context, say);
}

async function restore(context: RestoreContext, options: RestoreVolumeOptions, say: Say) {
  const { volume, stack, repository = "1" } = options;
  const wanted = options.snapshot ?? "latest";
  const look = await lookAt(context, [volume, wanted, repository]);
  if (look.swapping) {
    const what = `An exchange of ${volume} was interrupted. This completes it; the app is stopped for that.`;
    await confirm(what, stack, options);
    await exchange(context, say);
    return;
  }
  if (look.free < look.snapshot.bytes * 1.1) {
    throw new Failure(
      `The disk has ${size(look.free)} free, and the snapshot needs ${size(look.snapshot.bytes)} in addition to what is there.`,
    );
  }
  const isQueue = context.volume.workload === "redis";
  await confirm(announcement(volume, look, isQueue), stack, options);
  await work(context, ["fetch", volume, look.snapshot.id, repository], say);
  await exchange(context, say);
  say(`To undo it: keelson restore --stack ${stack} --volume ${volume} --undo`);
}

/** Returns the question to the person. */
export function announcement(
  volume: string,
  { snapshot, since, now, before }: VolumeLook,
  isQueue = false,
): string {
  const { id, at, files, bytes, complete } = snapshot;
  return [
    `This restores ${volume} to the snapshot ${id.slice(0, 8)} of ${at} (${String(files)} files, ${size(bytes)}).`,
    ...(complete ? [] : ["THE SNAPSHOT IS INCOMPLETE: some files could not be read then."]),
    since.files === 0
      ? "Nothing is new or changed since."
      : `${String(since.files)} files (${size(since.bytes)}) are new or changed since, and not in it.`,
    ...(isQueue
      ? ["What was put into the queue since is not in it, and what was done since is in it again."]
      : []),
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

function notMarked({ volume, stack }: RestoreVolumeOptions, contexts: readonly VolumesContext[]) {
  const names = contexts.flatMap(({ group }) => group.volumes.map(({ name }) => name));
  const there = names.length === 0 ? "there is none" : `there are: ${names.join(", ")}`;
  return `--volume: the settings of ${stack} have no volume "${volume}" with backup: true; ${there}.`;
}
