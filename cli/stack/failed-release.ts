import { ask, ourContainers, type OurContainer } from "../io/docker.js";
import type { Say } from "../io/progress.js";
import type { RepairContext } from "./repair.js";
import { containerType, type Recorded, type RecordedResource } from "../engines/runner.js";

/**
 * Removes the containers that a failed release started and its gates stopped. One is stopped, and the state holds it
 * as the present one; either the one it was to replace still waits to be deleted, or it was to run alongside others of
 * its workload that run, and was not there `before`. A run that is under way elsewhere has none of these: its new
 * containers run.
 */
export async function clearFailedRelease(
  o: RepairContext,
  before: Recorded,
  say: Say,
): Promise<void> {
  const recorded = await o.runner.recorded();
  const containers = await ourContainers(o.docker, o.app, o.stack);
  const running = containers.filter((each) => each.running);
  const served = (old: readonly RecordedResource[]) =>
    running.some((each) => old.some(({ id }) => id === each.id));
  const known = new Set(before.resources.map(({ id }) => id));
  const added = ({ id, workload }: OurContainer) =>
    !known.has(id) && running.some((each) => each.workload === workload);
  for (const { present, old } of presentContainers(recorded)) {
    const container = containers.find((each) => each.id === present.id && !each.running);
    if (container === undefined) continue;
    if (old.length > 0 ? !served(old) : !added(container)) continue;
    say(`Removing ${container.name}: its release failed.`);
    await ask(o.docker, ["rm", "--volumes", container.id]);
    await o.runner.forget([present.urn]);
  }
}

/** The containers of a state, each with those that it was to replace and that are still there. */
function presentContainers(
  recorded: Recorded,
): { present: RecordedResource; old: RecordedResource[] }[] {
  const containers = recorded.resources.filter(({ type }) => type === containerType);
  return containers
    .filter((each) => each.delete !== true)
    .map((present) => ({
      present,
      old: containers.filter((each) => each.delete === true && each.urn === present.urn),
    }));
}
