import { hostNames, prefixOf, type Settings } from "#config";
import type { Docker } from "#lib/docker";
import { ourContainers, type OurContainer } from "../io/docker.js";
import { Failure } from "../io/failure.js";

/** A container of a stack under the name that a person has for what runs in it. */
export interface Process extends OurContainer {
  /** `app`, `postgres`, or the name that the settings give it, such as that of a Redis server. */
  readonly process: string;
  /** The same with its number where there are several: `app-2`. */
  readonly instance: string;
}

/** The name of a process and of one of its containers. */
export interface ProcessName {
  readonly process: string;
  readonly instance: string;
}

/** Suffix that Docker's provider appends to a name that it generates. */
const generated = /-[0-9a-f]{7}$/;

/**
 * The process in a container, by its name on the host and its role: `<prefix>-app-2-0c1d2e3` is `app-2` of `app`, and
 * `<prefix>-redis-queue` is `queue`.
 *
 * @param prefix `<app>-<stack>`
 */
export function processName(container: string, role: string, prefix: string): ProcessName {
  const own = container.startsWith(`${prefix}-`) ? container.slice(prefix.length + 1) : container;
  const instance = own.replace(generated, "");
  // Those of jobs are called after the process whose jobs they start, which has that name itself; what passes on to a
  // process by its name is not that process.
  if (instance === role || ["", "jobs", "name"].includes(role))
    return { process: instance, instance };
  if (!instance.startsWith(`${role}-`)) return { process: instance, instance };
  const rest = instance.slice(role.length + 1);
  // Only what runs more than once is numbered.
  if (/^\d+$/.test(rest)) return { process: role, instance };
  return { process: rest.replace(/-\d+$/, ""), instance: rest };
}

/** The containers of a stack, running or not, with the processes in them. @throws Failure */
export async function processesOf(
  docker: Docker,
  settings: Settings,
  stack: string,
): Promise<Process[]> {
  const prefix = prefixOf(settings, stack);
  const all = await ourContainers(docker, ...hostNames(settings, stack));
  return all.map((each) => ({ ...each, ...processName(each.name, each.workload, prefix) }));
}

/** True where a process is one of those that a person names: by its own name, its instance's or its role's. */
export function isNamed(
  { process, instance, workload }: ProcessName & { readonly workload: string },
  names: readonly string[],
): boolean {
  return names.length === 0 || [process, instance, workload].some((each) => names.includes(each));
}

/** @throws Failure for a name that no process has, with those that there are */
export function requireProcesses(
  all: readonly (ProcessName & { readonly workload: string })[],
  names: readonly string[],
): void {
  const unknown = names.filter((name) => !all.some((each) => isNamed(each, [name])));
  if (unknown.length === 0) return;
  const known = [...new Set(all.map(({ process }) => process))].sort();
  const there = known.length === 0 ? "it has none; run keelson up" : `it has ${known.join(", ")}`;
  throw new Failure(`The stack has no process ${unknown.join(", ")}: ${there}.`);
}
