import { findRelease } from "../releases/show.js";
import type { Release } from "../../stack/releases.js";

/** Roles of containers that each release makes afresh. */
const released = ["app", "service", "jobs", "one-shot"];

/**
 * Returns the test for containers that were made for a release: after its begin, and before that of the next one.
 *
 * @param all newest first
 * @throws Failure for a release that is not known
 */
export function ofRelease(
  all: readonly Release[],
  id: string,
): (container: { readonly workload: string; readonly created: string }) => boolean {
  const { release } = findRelease(all, id);
  const next = all[all.indexOf(release) - 1];
  const from = Date.parse(release.begin);
  const until = next === undefined ? Infinity : Date.parse(next.begin);
  return ({ workload, created }) => {
    const at = Date.parse(created);
    return released.includes(workload) && at >= from && at < until;
  };
}
