import type { Docker } from "#lib/docker";
import { inStartOrder } from "#workload/roles";
import { ourContainers, ourNetworks, type OurContainer, type OurNetwork } from "../io/docker.js";
import { Failure } from "../io/failure.js";
import { removeContainers, removeNetworks } from "../io/removal.js";
import type { Say } from "../io/progress.js";
import {
  containerType,
  networkType,
  type Recorded,
  type RecordedResource,
  type Runner,
} from "../engines/runner.js";
import { tail } from "#lib/run-process";

/** Changes of the state that are needed so that a run finds things as it says. */
export interface Repair {
  /** Containers that were stopped by hand, or by a daemon, and should run. */
  readonly start: readonly OurContainer[];
  /** Containers whose creation a kill interrupted: no state refers to them. */
  readonly containers: readonly OurContainer[];
  /** Networks of the same kind. */
  readonly networks: readonly OurNetwork[];
  /** Recorded containers that are gone. */
  readonly missing: readonly string[];
  /** Those of them whose predecessor still runs: a failed release's, and nobody misses them. */
  readonly replaced: readonly string[];
}

/** Parts of a stack that are on the host. */
export interface Present {
  readonly containers: readonly OurContainer[];
  readonly networks: readonly OurNetwork[];
}

/** Compares what is recorded with what is there. */
export function repairOf(recorded: Recorded, present: Present): Repair {
  const ids = new Set(recorded.resources.map((each) => each.id));
  const there = new Set(present.containers.map((each) => each.id));
  const gone = recorded.resources.filter(
    (each) => each.type === containerType && each.id !== undefined && !there.has(each.id),
  );
  const half = (type: string) => (each: OurNetwork) =>
    !ids.has(each.id) && isHalfMade(type, each.name, recorded);
  return {
    start: present.containers.filter((each) => ids.has(each.id) && each.wanted && !each.running),
    containers: present.containers.filter(half(containerType)),
    networks: present.networks.filter(half(networkType)),
    missing: gone.map((each) => each.urn),
    replaced: gone.filter((each) => servesStill(each, recorded, present)).map((each) => each.urn),
  };
}

function servesStill(gone: RecordedResource, recorded: Recorded, present: Present): boolean {
  const others = recorded.resources.filter((each) => each.urn === gone.urn && each !== gone);
  return present.containers.some(
    (each) => each.running && others.some((other) => other.id === each.id),
  );
}

/** A stack to be repaired, and what does it. */
export interface RepairContext {
  readonly runner: Runner;
  readonly docker: Docker;
  readonly app: string;
  readonly stack: string;
}

/** Starts what stopped and, for an engine that can't by itself, clears what a kill left. Returns what was recorded. */
export async function repair(o: RepairContext, say: Say): Promise<Recorded> {
  const recorded = await o.runner.recorded();
  if (recorded.resources.length === 0 && recorded.pending.length === 0) return recorded;
  const [containers, networks] = await Promise.all([
    ourContainers(o.docker, o.app, o.stack),
    ourNetworks(o.docker, o.app, o.stack),
  ]);
  const plan = repairOf(recorded, { containers, networks });
  // While another run is under way, what it is just making looks the same as what a kill left.
  if (recorded.pending.length > 0 && (await o.runner.settle())) await clear(o.docker, plan, say);
  for (const container of inStartOrder(plan.start)) await start(o.docker, container, say);
  if (plan.missing.length === 0 && recorded.pending.length === 0) return recorded;
  for (const urn of plan.missing) {
    if (!plan.replaced.includes(urn)) say(`${nameOf(urn)} is gone: it will be created again.`);
  }
  // Targets alone are refreshed: an unreachable database would fail every other resource.
  const targets = plan.missing.length > 0 ? plan.missing : stackUrns(recorded);
  await o.runner.forget(targets);
  return recorded;
}

/** Auto-named objects are called `<logical name>-<7 hex digits>`. */
function isHalfMade(type: string, name: string, recorded: Recorded): boolean {
  const logical = name.replace(/-[0-9a-f]{7}$/, "");
  return recorded.pending.some((each) => each.type === type && nameOf(each.urn) === logical);
}

async function clear(docker: Docker, plan: Repair, say: Say): Promise<void> {
  const told = (name: string) => {
    say(`Removing ${name}: a run was killed while it made it.`);
  };
  for (const { id, name } of plan.containers) {
    told(name);
    await removeContainers(docker, [id]);
  }
  for (const { id, name } of plan.networks) {
    told(name);
    await removeNetworks(docker, [id]);
  }
}

async function start(docker: Docker, container: OurContainer, say: Say): Promise<void> {
  say(`Starting ${container.name}: it was stopped.`);
  const result = await docker(["start", container.id]);
  if (result.code !== 0) throw new Failure(`${container.name} does not start: ${tail(result)}`);
}

function stackUrns(recorded: Recorded): string[] {
  const stack = recorded.resources.filter((each) => each.type === "pulumi:pulumi:Stack");
  return stack.map((each) => each.urn);
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
