import { textMap } from "#engine/providers/shape";
import type { Properties } from "#engine/values";
import type { StandInHost } from "./host.js";
import { giveUpJobs, runJobs } from "./jobs.js";
import { runServices, standDown } from "./services.js";

/** What the steps of a stack do to the stand-in host. @returns what the step prints */
export function runCommand(host: StandInHost, name: string, inputs: Properties): string {
  const stdin = typeof inputs["stdin"] === "string" ? inputs["stdin"] : "";
  const environment = textMap(inputs["environment"]);
  try {
    host.step(`run Command ${name}`);
  } catch (error) {
    giveUp(host, name, environment);
    giveUpJobs(host, name, environment);
    throw error;
  }
  const { ONE_SHOT_RUN = "", MIGRATION_RUN = "" } = environment;
  const mounts = `${ONE_SHOT_RUN}${MIGRATION_RUN}`.matchAll(/"--volume","([^":]+):([^"]+)"/g);
  for (const [, volume = "", path = ""] of mounts) {
    if (name.endsWith("-fill")) host.volumes.set(volume, stdin);
    // A folder of the host is no volume.
    else if (!path.startsWith("/volume") && !volume.startsWith("/"))
      host.expectVolume(volume, name);
  }
  if (name === "app-begin") return begin(host, stdin);
  for (const each of containersOf(environment)) startAgain(host, each);
  if (name === "app-migrate") migrate(host, environment);
  runServices(host, name, environment);
  runJobs(host, name, environment);
  if (isJobsCheck(name)) return check(host);
  if (name === "proxy-route") route(host, environment);
  if (name === "repository-passphrase-kept") return stdin.trim();
  return "";
}

function begin(host: StandInHost, content: string): string {
  const running = host.releases.find(({ result }) => result === "running");
  if (running?.content === content) return running.id;
  if (running !== undefined) running.result = "failed";
  const id = `v${String(host.releases.length + 1)}`;
  host.releases.push({ id, content, result: "running" });
  return id;
}

function migrate(host: StandInHost, environment: Record<string, string>): void {
  resume(host);
  host.migrated.add(environment["MIGRATION"] ?? "");
}

function route(host: StandInHost, environment: Record<string, string>): void {
  resume(host);
  host.routed = containersOf(environment);
  const running = host.releases.find(({ result }) => result === "running");
  if (running !== undefined) running.result = "live";
}

/** The same content is tried again, after a failure. */
function resume(host: StandInHost): void {
  const last = host.releases.at(-1);
  if (last?.result !== "failed") return;
  const id = `v${String(host.releases.length + 1)}`;
  host.releases.push({ id, content: last.content, result: "running" });
}

function isJobsCheck(name: string): boolean {
  return /^jobs(-[a-z]+)?-check$/.test(name);
}

/** @returns the image's ENTRYPOINT */
function check(host: StandInHost): string {
  resume(host);
  return "[]";
}

const gates = [
  "app-image-fits",
  "app-migrate",
  "app-ready",
  "services-start",
  "app-answers",
  "app-smoke",
  "services-exchange",
  "proxy-route",
];

/** A gate that fails ends the release and stops what it started, unless clients are on it. */
function giveUp(host: StandInHost, name: string, environment: Record<string, string>): void {
  if (!gates.includes(name) && !isJobsCheck(name)) return;
  const running = host.releases.find(({ result }) => result === "running");
  if (running !== undefined) running.result = "failed";
  standDown(host);
  for (const each of containersOf(environment)) {
    const container = host.named(each);
    if (container !== undefined && !host.routed.includes(container.name)) container.running = false;
  }
}

function containersOf(environment: Record<string, string>): string[] {
  const { CONTAINERS = "", CONTAINER = "" } = environment;
  return `${CONTAINERS} ${CONTAINER}`.split(" ").filter((each) => each !== "");
}

function startAgain(host: StandInHost, each: string): void {
  const container = host.named(each);
  if (container === undefined) throw new Error(`no such container: ${each}`);
  host.start(container);
}
