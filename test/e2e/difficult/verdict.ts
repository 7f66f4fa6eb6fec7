// What clients may have met while a release was tried.
import type { Asked } from "./load.js";
import type { Expectation, Row } from "./settings.js";

/** Requests that failed though a version could have served them, a line each. */
export function failuresIn(
  asked: readonly Asked[],
  { behaviour }: Row,
  { result }: Expectation,
): string[] {
  const isForgiven = (each: Asked) => {
    const { fault, kind, status } = each;
    // Nobody is to be led to a version that is refused.
    if (result === "failed") return false;
    if (fault === "own") return true;
    if (behaviour.cuts === true && kind === "post") return true;
    // What can be repeated is, at the version before: that stays in service until the release is accepted.
    return behaviour.cuts !== true && behaviour.met?.includes(status) === true;
  };
  return asked
    .filter((each) => !isServed(each) && !isForgiven(each))
    .map(({ kind, status, said, version, began, ended }) => {
      const took = Math.round(ended - began);
      return `${kind}: ${status} ${said.trim()} (version ${version ?? "none"}, ${took} ms)`;
    });
}

function isServed({ status, fault }: Asked): boolean {
  return fault === "noise" ? status === 503 : status === 200 && fault === undefined;
}

/** Versions that have answered, in the order in which they came. */
export function versionsIn(asked: readonly Asked[]): string[] {
  const known = asked.map(({ version }) => version).filter((version) => version !== undefined);
  return [...new Set(known)];
}
