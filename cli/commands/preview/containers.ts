import type { Host } from "./host.js";
import { changedSettings, type SecretNames } from "./settings.js";
import { isValues, textIn, variableIn, workloadOf, type Previewed, type Values } from "./steps.js";
import { measured, type Measured } from "./timeline.js";
import { inListOrder, traitsOf } from "#workload/roles";
import { containerType } from "../../engines/runner.js";

/**
 * The fate of a container. `alongside`: the new one starts before the old one stops. `restarts`: it is replaced
 * after the old one has stopped. `changed`: in place, it goes on running. `starts`: it is there, but does not run.
 */
export type Fate =
  "stays" | "made" | "starts" | "alongside" | "restarts" | "changed" | "removed" | "missing";

/** A container of the stack in a preview. */
export interface ContainerFate {
  readonly name: string;
  /** `app`, `postgres`, …; there may be several of one. */
  readonly workload: string;
  readonly fate: Fate;
  /** Settings that are the reason, as text. */
  readonly because: readonly string[];
  /** Seconds that the present one may take to stop. */
  readonly stopLimit: number | undefined;
  readonly measured: Measured;
}

/** Every container of a preview. @param host what Docker says; undefined where it can't be asked */
export function containerFates(
  resources: readonly Previewed[],
  host: Host | undefined,
): ContainerFate[] {
  const secretNames = secretNamesIn(resources);
  const containers = resources
    .filter(({ type }) => type === containerType)
    .map((each) => ({
      name: each.name,
      workload: workloadOf(each.new ?? each.old),
      fate: fateOf(each, host),
      because: reasonsOf(each, secretNames),
      stopLimit: limitOf(each),
      measured: measured(recordOf(each, resources)),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return inListOrder(containers);
}

function fateOf({ op, oldState, new: now }: Previewed, host: Host | undefined): Fate {
  if (op === "delete") return "removed";
  if (op === "create") return "made";
  if (op === "replace") {
    const isAlongside = traitsOf(workloadOf(now)).alongside === true && !isExclusive(now ?? {});
    return isAlongside ? "alongside" : "restarts";
  }
  const running = host?.running.get(oldState?.id ?? "");
  if (host !== undefined && running !== true) return running === undefined ? "missing" : "starts";
  return op === "same" ? "stays" : "changed";
}

/** A service of which there are never two at once. */
function isExclusive({ labels }: Values): boolean {
  return objectsIn(labels).some(({ label }) => label === "dev.keelson.exclusive");
}

function objectsIn(list: unknown): readonly Values[] {
  return Array.isArray(list) ? (list as unknown[]).filter(isValues) : [];
}

function reasonsOf(each: Previewed, secretNames: SecretNames): string[] {
  if (each.op !== "replace" && each.op !== "update") return [];
  return changedSettings(each, secretNames);
}

function limitOf({ old }: Previewed): number | undefined {
  const limit = old?.["destroyGraceSeconds"];
  return typeof limit === "number" ? limit : undefined;
}

/** Returns the record of the step that found the container healthy. */
function recordOf(container: Previewed, resources: readonly Previewed[]): string | undefined {
  const ready = resources.find(({ name }) => name === `${container.name}-ready`);
  return textIn(ready?.oldState?.outputs, "stdout");
}

/** Secrets by their volumes: the step that fills one says which it holds, by digests. */
function secretNamesIn(resources: readonly Previewed[]): SecretNames {
  return (before, after) => {
    const volume = resources.find(
      ({ type, old, new: now }) =>
        type === "docker:index/volume:Volume" &&
        (old?.["name"] === before || now?.["name"] === after),
    );
    const fill = resources.find(({ name }) => name === `${volume?.name ?? ""}-fill`);
    const [was, is] = [fill?.old, fill?.new].map((inputs) => variableIn(inputs, "SECRETS"));
    if (was === undefined || is === undefined) return undefined;
    const [old, now] = [was, is].map((text) => text.split(" ")) as [string[], string[]];
    const differing = [...old, ...now].filter(
      (each) => !(old.includes(each) && now.includes(each)),
    );
    return [...new Set(differing.map((each) => each.split("=")[0] ?? ""))];
  };
}
