import { jobsPaths, processOf } from "#components/jobs/list";
import { dockerAt, type Docker } from "#lib/docker";
import { attach, detachKeys } from "../io/attach.js";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { StackOptions } from "../registrations/command.js";
import type { JobsListOptions, JobsLogsOptions } from "../registrations/jobs.js";
import { processesOf } from "../stack/processes.js";
import { askJobs, startsJobs } from "./jobs/ask.js";
import { jobsTable } from "./jobs/list.js";

/** `keelson jobs list`: what is live, with the last run and the next of each. */
export async function jobsList(options: JobsListOptions, say: Say): Promise<void> {
  const { docker, containers } = await liveJobs(options);
  const jobs = await askJobs(docker, containers);
  if (options.json === true) say(JSON.stringify(jobs));
  else for (const line of jobsTable(jobs)) say(line);
}

/** `keelson jobs run`: a run now, in the container that starts the job; this process ends as the job does. */
export async function jobsRun(job: string, options: StackOptions): Promise<void> {
  const { docker, container } = await containerOf(job, options);
  // A signal ends this process; the run goes on, as one on its schedule would.
  process.exitCode = await inRunner(docker, container, ["run", job]);
}

/** `keelson jobs logs`: what a run has printed, JSON a line; also of a release before. */
export async function jobsLogs(job: string, options: JobsLogsOptions): Promise<void> {
  const { docker, container } = await containerOf(job, options);
  const run = options.run === undefined ? [] : [options.run];
  process.exitCode = await inRunner(docker, container, ["logs", job, ...run]);
}

function inRunner(docker: Docker, id: string, [command = "", ...rest]: string[]): Promise<number> {
  const { runner, list, ledger } = jobsPaths;
  const args = ["exec", detachKeys, id, runner, command, list, ledger, ...rest];
  return attach(docker, args, (signal, client) => client.kill(signal));
}

/** The container that starts a job. @throws Failure where there is none */
async function containerOf(
  name: string,
  options: StackOptions,
): Promise<{ readonly docker: Docker; readonly container: string }> {
  const { docker, settings, containers } = await liveJobs(options);
  const job = settings.jobs[name];
  if (job === undefined) {
    const there = Object.keys(settings.jobs).join(", ");
    throw new Failure(`The settings have no job ${name}: ${there === "" ? "none" : there}.`);
  }
  const process = processOf(job) === "app" ? "jobs" : `jobs-${processOf(job)}`;
  const found = containers.find((each) => each.process === process);
  if (found === undefined) throw new Failure(`${process} does not run; run keelson up.`);
  return { docker, container: found.id };
}

async function liveJobs(options: StackOptions) {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const docker = dockerAt(settings.docker.host);
  const all = await processesOf(docker, settings, target.stack);
  const containers = all.filter(startsJobs);
  if (containers.length === 0) {
    const why =
      Object.keys(settings.jobs).length === 0
        ? "The settings have no jobs."
        : "Nothing starts the jobs: no container of theirs runs; run keelson up.";
    throw new Failure(why);
  }
  return { docker, settings, containers };
}
