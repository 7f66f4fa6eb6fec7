import { deepMerge, type Mapping } from "#lib/merge";
import { script } from "#test/support/services/work";
import { imageOf } from "../release/images.js";

/** A release of the app and its services, as settings in addition to the stack's. */
export interface WorkloadCandidate {
  readonly name: string;
  readonly version: string;
  readonly good: boolean;
  readonly settings: Mapping;
}

const quick = { startPeriod: "2s", startTimeout: "20s" };

/** Services of the stack: a worker of the queue and one of the table, a scheduler, a site, and who calls it. */
export const services = {
  mail: {
    command: script("queue-worker"),
    replicas: 3,
    health: quick,
    poolSize: 1,
    stopTimeout: "5s",
  },
  table: { command: script("table-worker"), replicas: 3, health: quick, poolSize: 2 },
  beat: { command: script("scheduler"), exclusive: true, health: quick, poolSize: 1 },
  site: { command: script("site"), port: 3100, health: { ...quick, path: "/health" }, poolSize: 1 },
  caller: {
    command: script("caller"),
    env: { CALLS: "http://site:3100/called" },
    health: quick,
    poolSize: 1,
  },
} satisfies Mapping;

const harmless = {
  app: { env: { FAULT: "none" } },
  services: { table: { env: { FAULT: "none" } }, beat: { env: { FAULT: "none" } } },
};

/** Faults of bad releases, each found by another gate. */
const faults: readonly (readonly [name: string, settings: Mapping])[] = [
  ["worker ends by itself", { services: { table: { env: { FAULT: "exit" } } } }],
  ["scheduler ends by itself", { services: { beat: { env: { FAULT: "exit" } } } }],
  ["app never healthy", { app: { env: { FAULT: "unhealthy" } } }],
  ["red smoke test", { app: { env: { FAULT: "smoke" } } }],
  ["errors after the switch", { app: { env: { FAULT: "errors" } } }],
];

/** A good release. */
export function goodRelease(version: string): WorkloadCandidate {
  return candidate(`good ${version}`, version, true, {});
}

/** A good one, then a bad one, until so many faults were there. */
export function goodAndBad(rounds: number = faults.length): readonly WorkloadCandidate[] {
  return faults
    .slice(0, rounds)
    .flatMap(([name, settings], index) => [
      goodRelease(`1.${String(index + 1)}`),
      candidate(name, `1.${String(index + 1)}-bad`, false, settings),
    ]);
}

function candidate(
  name: string,
  version: string,
  good: boolean,
  fault: Mapping,
): WorkloadCandidate {
  const release = { app: { version, image: imageOf(version) } };
  return { name, version, good, settings: deepMerge(deepMerge(harmless, release), fault) };
}
