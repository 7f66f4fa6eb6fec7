import { ask, ourContainers } from "./docker.js";
import type { Say } from "./progress.js";
import type { RepairContext } from "./repair.js";
import { containerType, type Recorded, type RecordedResource } from "./runner.js";

/**
 * Removes the containers that a failed release started and its gates stopped. One is known by three things: it is
 * stopped, the state holds it as the present one, and the one it was to replace still waits to be deleted. A run
 * that is under way elsewhere has none of these: its new container runs.
 */
export async function clearFailedRelease(o: RepairContext, say: Say): Promise<void> {
  const failed = failedReplacements(await o.runner.recorded());
  if (failed.length === 0) return;
  const containers = await ourContainers(o.docker, o.app, o.stack);
  const served = (old: readonly RecordedResource[]) =>
    containers.some((each) => each.running && old.some(({ id }) => id === each.id));
  for (const { present, old } of failed) {
    const container = containers.find((each) => each.id === present.id && !each.running);
    if (container === undefined || !served(old)) continue;
    say(`Removing ${container.name}: its release failed.`);
    await ask(o.docker, ["rm", "--volumes", container.id]);
    await o.runner.forget([present.urn]);
  }
}

/** Containers that were created beside others which are still there. */
export function failedReplacements(
  recorded: Recorded,
): { present: RecordedResource; old: RecordedResource[] }[] {
  const containers = recorded.resources.filter(({ type }) => type === containerType);
  return containers
    .filter((each) => each.delete !== true)
    .map((present) => ({
      present,
      old: containers.filter((each) => each.delete === true && each.urn === present.urn),
    }))
    .filter(({ old }) => old.length > 0);
}
