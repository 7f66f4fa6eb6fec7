import type { Properties } from "#engine/values";
import { labelOf } from "./labels.js";
import type { StandInContainer, StandInHost } from "./host.js";

/** What the steps of jobs do to a stand-in host, as release/jobs does it. */
export function runJobs(
  host: StandInHost,
  name: string,
  environment: Readonly<Record<string, string>>,
): void {
  if (name !== "jobs-live") return;
  const wanted = wantedOf(environment);
  for (const id of wanted) bringUp(host, id);
  for (const each of others(host, wanted)) if (each.running) drain(each);
  for (const each of others(host, wanted)) if (!each.running) host.removeContainer(each.id);
  removeVolumes(host, ["jobs"]);
}

/** Where it does not start, the jobs of before go on. */
export function giveUpJobs(
  host: StandInHost,
  name: string,
  environment: Readonly<Record<string, string>>,
): void {
  if (name !== "jobs-live") return;
  for (const id of wantedOf(environment)) {
    const container = host.named(id);
    if (container === undefined || container.running) continue;
    container.started = true;
    container.wanted = false;
  }
}

/** The step that is run when the resource of another is no more. */
export function undo(host: StandInHost, inputs: Properties): void {
  if (!String(inputs["delete"]).endsWith(" jobs-remove")) return;
  for (const { id } of jobsOn(host)) host.removeContainer(id);
  removeVolumes(host, ["jobs", "jobs-ledger"]);
}

/** Runs of jobs have come to their end, and with them the containers that were to end after them. */
export function endRuns(host: StandInHost): void {
  for (const each of jobsOn(host)) if (isDrained(each)) each.running = false;
}

/** It starts no more jobs, and is removed by the next release. */
export function isDrained(container: StandInContainer): boolean {
  return isOfJobs(container) && container.started && !container.wanted;
}

/** What is not as it should be with the jobs once an `up` has succeeded, a line each. @param known ids in the state */
export function jobsProblems(host: StandInHost, known: readonly (string | undefined)[]): string[] {
  const all = jobsOn(host);
  const left = [...host.volumes.keys()].filter((each) => isVolumeOf(host, each, kinds));
  return [
    ...all
      .filter((each) => each.running && each.wanted && !known.includes(each.id))
      .map(({ name }) => `${name} starts jobs and is in no state`),
    ...(known.some((id) => all.some((each) => each.id === id))
      ? []
      : [...all.map(({ name }) => name), ...left].map((each) => `${each} is left of the jobs`)),
  ];
}

/** Ids of the containers that start jobs. */
export function startingJobs(host: StandInHost): string[] {
  return jobsOn(host).flatMap((each) => (each.running && each.wanted ? [each.id] : []));
}

const kinds = ["jobs", "jobs-ledger"];

function isOfJobs({ inputs }: Pick<StandInContainer, "inputs">): boolean {
  return labelOf(inputs, "dev.keelson.workload") === "jobs";
}

function jobsOn(host: StandInHost): StandInContainer[] {
  return [...host.containers.values()].filter(isOfJobs);
}

function wantedOf({ JOBS = "[]" }: Readonly<Record<string, string>>): string[] {
  return (JSON.parse(JOBS) as { readonly container: string }[]).map(({ container }) => container);
}

function others(host: StandInHost, wanted: readonly string[]): StandInContainer[] {
  return jobsOn(host).filter(({ id }) => !wanted.includes(id));
}

function bringUp(host: StandInHost, id: string): void {
  const container = host.named(id);
  if (container === undefined) throw new Error(`no such container: ${id}`);
  container.wanted = true;
  if (!container.running) host.start(container);
}

/** What runs there goes on for a while, longer than the step takes. */
function drain(container: StandInContainer): void {
  container.wanted = false;
}

function removeVolumes(host: StandInHost, of: readonly string[]): void {
  const used = [...host.containers.values()].flatMap(({ inputs }) => host.mounted(inputs));
  for (const name of [...host.volumes.keys()])
    if (isVolumeOf(host, name, of) && !used.includes(name)) host.removeVolume(name);
}

function isVolumeOf(host: StandInHost, name: string, of: readonly string[]): boolean {
  return of.includes(host.workloads.get(name) ?? "");
}
