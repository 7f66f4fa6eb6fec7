import { deepMerge, type Mapping } from "#lib/merge";
import { imageOf } from "./images.js";

/** A release of the sample app, as settings of `app` in addition to the stack's. */
export interface Candidate {
  readonly name: string;
  readonly version: string;
  readonly good: boolean;
  readonly app: Mapping;
}

const migration = ["node", "migrate.js"];

/** Nothing answers there: the image is missing whatever the network is. */
const missingImage = "127.0.0.1:9/sample-app:missing";

/** Faults of bad releases, each found by another gate. */
const faults: readonly (readonly [name: string, app: Mapping])[] = [
  ["missing image", { image: missingImage }],
  // For other variables alone it would not run again.
  ["failing migration", { migrate: { command: ["env", "MIGRATION_FAIL=1", ...migration] } }],
  ["never healthy", { env: { FAULT: "unhealthy" } }],
  ["red smoke test", { env: { FAULT: "smoke" } }],
  ["errors after the switch", { env: { FAULT: "errors" } }],
];

const harmless = {
  env: { FAULT: "none" },
  migrate: { command: ["node", "migrate.js"], backwardCompatible: true },
};

/** A good release. */
export function good(version: string): Candidate {
  return candidate(`good ${version}`, version, true, {});
}

/** A good one, then a bad one, until each fault was there. */
export function goodAndBad(): readonly Candidate[] {
  return faults.flatMap(([name, app], index) => [
    good(`1.${index + 1}`),
    candidate(name, `1.${index + 1}-bad`, false, app),
  ]);
}

function candidate(name: string, version: string, isGood: boolean, fault: Mapping): Candidate {
  const app = deepMerge({ ...harmless, version, image: imageOf(version) }, fault);
  return { name, version, good: isGood, app };
}
