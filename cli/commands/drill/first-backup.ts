import type { Docker } from "#lib/docker";
import { poll, withProgress, type Say } from "../../io/progress.js";
import { inventory, type Inventory } from "../../documents/backups.js";
import { readDocument } from "../../documents/read.js";

/** The longest wait for the first backup and the WAL after it. */
const deadlineMs = 300_000;

/**
 * Right after the first start there is nothing to restore yet: waits until there is. Does not wait where a drill has run
 * before, nor for what has failed: the drill says what is wrong.
 *
 * @param id of the container that takes the backups
 * @param repository that is drilled; 1 is the local one
 */
export async function awaitFirstBackup(
  docker: Docker,
  id: string,
  repository: number,
  say: Say,
  { forMs = deadlineMs, everyMs = 2000 } = {},
): Promise<void> {
  const look = async () => {
    const asked = await docker(["exec", id, "/usr/local/bin/inventory"]);
    if (asked.code !== 0) return true;
    const found = readDocument(inventory, asked.stdout, "the list of backups");
    return isWaitedFor(found, repository) ? undefined : true;
  };
  if ((await look()) !== undefined) return;
  say("Nothing can be restored yet; waiting for the first backup and the WAL after it.");
  await withProgress(say, "first backup", poll(look, forMs, everyMs));
}

/** True where a stack has nothing to restore yet, and nothing failed on the way to it. */
export function isWaitedFor(found: Inventory, repository: number): boolean {
  const { backups, window, drills, lastRuns } = found;
  const { last } =
    repository === 1
      ? drills
      : (drills.offsite?.find((each) => each.repository === repository) ?? { last: null });
  if (found.physical === false) {
    const isThere = (each: Inventory["dumps"][number]) =>
      repository === 1 || (each.copies ?? []).includes(repository);
    return last === null && (lastRuns.dump?.error ?? null) === null && !found.dumps.some(isThere);
  }
  // That archiving fails is no reason: it does until the repository is made.
  if (last !== null || (lastRuns.base?.error ?? null) !== null) return false;
  if (!backups.some((each) => each.repository === repository)) return true;
  if (window.from === null || window.to === null) return true;
  // The WAL in which a backup ends is archived with it, and often holds no commit after it.
  return Date.parse(window.to) - Date.parse(window.from) < segmentMs;
}

/** Less than the heartbeat takes to bring another segment of WAL into the archive. */
const segmentMs = 10_000;
