import { ask, ourContainers, type Docker, type OurContainer } from "./docker.js";
import { Failure } from "./failure.js";
import type { Say } from "./progress.js";
import { containerType, type Recorded, type Runner } from "./runner.js";
import { tail } from "./shell.js";

/** What has to be done before a run so that it finds things as its state says. */
export interface Repair {
  /** Containers that were stopped by hand, or by a daemon, and should run. */
  readonly start: readonly OurContainer[];
  /** Containers whose creation a kill interrupted: no state refers to them. */
  readonly remove: readonly OurContainer[];
  /** Recorded containers that are gone. */
  readonly missing: readonly string[];
}

/** Compares what is recorded with what is there. */
export function repairOf(recorded: Recorded, present: readonly OurContainer[]): Repair {
  const containers = recorded.resources.filter((each) => each.type === containerType);
  const ids = new Set(containers.map((each) => each.id));
  const known = new Set(present.map((each) => each.id));
  const kept = present.filter((each) => ids.has(each.id));
  return {
    start: kept.filter((each) => each.wanted && !each.running),
    remove: present.filter((each) => !ids.has(each.id) && isHalfMade(each, recorded)),
    missing: containers
      .filter((each) => each.id !== undefined && !known.has(each.id))
      .map((each) => each.urn),
  };
}

/** Starts what stopped and, for an engine that can't by itself, clears what a kill left. */
export async function repair(
  o: { runner: Runner; docker: Docker; app: string; stack: string; cleans: boolean },
  say: Say,
): Promise<void> {
  const recorded = await o.runner.recorded();
  if (recorded.resources.length === 0 && recorded.pending.length === 0) return;
  const plan = repairOf(recorded, await ourContainers(o.docker, o.app, o.stack));
  if (!o.cleans) {
    for (const container of plan.remove) {
      say(`Removing ${container.name}: a run was killed while it made it.`);
      await ask(o.docker, ["rm", "--force", container.id]);
    }
  }
  for (const container of order(plan.start)) await start(o.docker, container, say);
  if (plan.missing.length === 0 && recorded.pending.length === 0) return;
  for (const urn of plan.missing) say(`${nameOf(urn)} is gone: it will be made again.`);
  // Targets alone are refreshed: an unreachable database would fail every other resource.
  const targets = plan.missing.length > 0 ? plan.missing : stackUrns(recorded);
  await o.runner.forget(targets);
}

/** Auto-named containers are called `<logical name>-<7 hex digits>`. */
function isHalfMade(container: OurContainer, recorded: Recorded): boolean {
  const logical = container.name.replace(/-[0-9a-f]{7}$/, "");
  return recorded.pending.some(
    (each) => each.type === containerType && nameOf(each.urn) === logical,
  );
}

async function start(docker: Docker, container: OurContainer, say: Say): Promise<void> {
  say(`Starting ${container.name}: it was stopped.`);
  const ended = await docker(["start", container.id]);
  if (ended.code !== 0) throw new Failure(`${container.name} does not start: ${tail(ended)}`);
}

/** The database first, so that what needs it finds it. */
function order(containers: readonly OurContainer[]): OurContainer[] {
  const rank = (each: OurContainer) => (each.workload === "postgres" ? 0 : 1);
  return [...containers].sort((a, b) => rank(a) - rank(b));
}

function stackUrns(recorded: Recorded): string[] {
  const stack = recorded.resources.filter((each) => each.type === "pulumi:pulumi:Stack");
  return stack.map((each) => each.urn);
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
