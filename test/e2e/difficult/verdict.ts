// What clients may have met while a release was tried.
import type { Asked } from "./load.js";
import { oldVersion } from "./sections.js";
import type { Expectation, Row } from "./settings.js";

/** Requests that failed though a version could have served them, a line each. */
export function failuresIn(
  asked: readonly Asked[],
  { behaviour }: Row,
  { result }: Expectation,
): string[] {
  const isAtRefused = whileRefused(asked);
  const isForgiven = (each: Asked) => {
    const { fault, kind, status } = each;
    // Nobody is to be led to a version that is refused.
    if (result === "failed") return false;
    if (fault === "own") return true;
    if (behaviour.cuts === true && kind === "post") return true;
    // What can be repeated is, at the servers that have the traffic. From the switch until the release is taken back
    // those are the new version's alone: what came to it is tried again there, and while its processes end again and
    // again that is not to be answered. Nothing of before the switch or after the way back is lost.
    const isLeft = result === "live" || behaviour.cuts !== true || isAtRefused(each);
    return isLeft && behaviour.met?.includes(status) === true;
  };
  return asked
    .filter((each) => !isServed(each) && !isForgiven(each))
    .map(({ kind, status, said, version, began, ended }) => {
      const took = Math.round(ended - began);
      return `${kind}: ${status} ${said.trim()} (version ${version ?? "none"}, ${took} ms)`;
    });
}

/** What lasts longest in the clients' requests: one of those that the new version got may have begun before another. */
const longestMs = 1000;

/** Whether a request came while a version that was then taken back had the traffic. */
function whileRefused(asked: readonly Asked[]): (one: Asked) => boolean {
  const begun = (isOld: boolean) =>
    asked
      .filter(({ version }) => version !== undefined && (version === oldVersion) === isOld)
      .map(({ began }) => began);
  const fresh = begun(false);
  const [first, last] = [Math.min(...fresh), Math.max(...fresh)];
  const back = Math.min(...begun(true).filter((began) => began > last));
  return ({ began }) => began >= first - longestMs && began < back;
}

function isServed({ status, fault }: Asked): boolean {
  return fault === "noise" ? status === 503 : status === 200 && fault === undefined;
}

/** Versions that have answered, in the order in which they came. */
export function versionsIn(asked: readonly Asked[]): string[] {
  const known = asked.map(({ version }) => version).filter((version) => version !== undefined);
  return [...new Set(known)];
}
