import { hostNames, nameOfDatabase, namesOf, type Settings } from "#config";
import type { Docker } from "#lib/docker";
import { tail } from "#lib/run-process";
import { Failure, messageOf } from "../../io/failure.js";
import { dockerDisk } from "../../host/preflight.js";
import { stackFlags } from "../../project/target.js";
import type { StackOptions } from "../../registrations/command.js";
import { DockerApi } from "../../stack/docker-api.js";
import { runningProblems } from "../../stack/running/judge.js";
import { probeRunning } from "../../stack/running/probe.js";
import { processesOf, type Process } from "../../stack/processes.js";
import { withProxySession } from "../../stack/proxy.js";
import type { Stack } from "../../stack/stack.js";
import { inventory } from "../../documents/backups.js";
import { readDocument } from "../../documents/read.js";
import { askJobs, startsJobs } from "../jobs/ask.js";
import { askDatabase } from "./database.js";
import type { DiskFacts, Looked, StatusFacts } from "./facts.js";
import { processFacts } from "./processes.js";
import { askProxy } from "./proxy.js";
import { askSite, siteAddress } from "./site.js";
import { samplerOf } from "./sampler.js";

/** Looks at a stack, at everything at once; changes nothing. @throws Failure where Docker does not answer */
export async function gather(of: Stack, options: StackOptions): Promise<StatusFacts> {
  const { docker, settings, stack } = of;
  const all = (await processesOf(docker, settings, stack)).filter(({ wanted }) => wanted);
  if (all.length === 0) {
    throw new Failure(`The stack ${stack} is not up; run keelson up --stack ${stack}.`);
  }
  const at = new Date();
  const running = all.filter((each) => each.running);
  const ids = running.map(({ id }) => id);
  const api = new DockerApi(docker);
  try {
    const samples = await samplerOf(api, ids);
    const before = await samples();
    const address = { docker, ...namesOf(settings, stack) };
    const [problems, proxy, site, database, backups, jobs, disk] = await Promise.all([
      looked(() => problemsOf(of, options)),
      looked(() => withProxySession(address, "its answer", askProxy)),
      askSite(siteAddress(settings, isLocal(settings)), settings.app.health.statuses),
      databaseOf(of, running),
      backupsOf(docker, settings, running),
      jobsOf(docker, settings, running),
      diskOf(docker, settings),
    ]);
    const after = await samples();
    const processes = await processFacts(api, all, { before, after });
    const found = { running: problems, proxy, site, database, backups, jobs, disk };
    return { stack, at, processes, ...found };
  } finally {
    api.close();
  }
}

/** The engine is on this machine, as far as the settings and the environment say. */
export function isLocal({ docker }: Pick<Settings, "docker">): boolean {
  return (docker.host ?? process.env["DOCKER_HOST"] ?? "unix:").startsWith("unix:");
}

async function problemsOf({ docker, settings, stack }: Stack, options: StackOptions) {
  const facts = await probeRunning(docker, ...hostNames(settings, stack));
  return runningProblems(facts, settings, stackFlags(options));
}

async function databaseOf(
  { docker, settings }: Stack,
  running: readonly Process[],
): Promise<StatusFacts["database"]> {
  if (settings.database.externalUrlSecret !== undefined) return undefined;
  const server = running.find(({ workload }) => workload === "postgres");
  // That it does not run is said of its container.
  if (server === undefined) return undefined;
  return looked(() => askDatabase(docker, server.id, nameOfDatabase(settings)));
}

async function backupsOf(
  docker: Docker,
  { backup }: Settings,
  running: readonly Process[],
): Promise<StatusFacts["backups"]> {
  const container = running.find(({ workload }) => workload === "backup");
  if (!backup.enabled || container === undefined) return undefined;
  return looked(async () => {
    const result = await docker(["exec", container.id, "/usr/local/bin/inventory"]);
    if (result.code !== 0) throw new Failure(tail(result));
    return readDocument(inventory, result.stdout, "the list of backups");
  });
}

async function jobsOf(
  docker: Docker,
  settings: Settings,
  running: readonly Process[],
): Promise<StatusFacts["jobs"]> {
  const containers = running.filter(startsJobs);
  if (containers.length === 0) return undefined;
  return looked(async () => {
    const jobs = await askJobs(docker, containers);
    return jobs.map((job) => ({
      ...job,
      // A job of what is live that the settings no longer have.
      alertFailures: settings.jobs[job.name]?.alert.failures ?? 1,
    }));
  });
}

async function diskOf(docker: Docker, settings: Settings): Promise<DiskFacts | undefined> {
  if (!isLocal(settings)) return undefined;
  const { root, free } = await dockerDisk(docker);
  return free === undefined ? undefined : { name: root, free };
}

async function looked<T>(look: () => Promise<T>): Promise<Looked<T>> {
  try {
    return { found: await look() };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { unknown: messageOf(error) };
  }
}
