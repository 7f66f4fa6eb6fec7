import { seconds } from "#lib/duration";
import type { JobSettings, JobsSettings } from "./settings.js";

/** Mount points of a jobs container: its configuration, and its ledger. */
export const jobsPaths = {
  runner: "/keelson/bin/runner",
  bin: "/keelson/bin",
  list: "/keelson/jobs/jobs.json",
  files: "/keelson/jobs",
  ledger: "/keelson/ledger",
} as const;

/** The process whose image and environment a job has. */
export function processOf({ service }: Pick<JobSettings, "service">): string {
  return service ?? "app";
}

/** The jobs of each process. */
export function jobsByProcess(jobs: JobsSettings): ReadonlyMap<string, JobsSettings> {
  const processes = new Map<string, JobsSettings>();
  for (const [name, job] of Object.entries(jobs)) {
    const process = processOf(job);
    processes.set(process, { ...processes.get(process), [name]: job });
  }
  return processes;
}

/** Names of the secrets that the runner reads itself, each a file of that name next to the list. */
export function secretsOfJobs(jobs: JobsSettings): string[] {
  const named = Object.values(jobs).flatMap(({ http, heartbeatSecret }) => [
    http?.bearerSecret,
    heartbeatSecret,
  ]);
  return [...new Set(named.filter((name) => name !== undefined))];
}

/** The list of jobs as images/runner reads it. @param graceSeconds that what runs has to end, once it is asked to */
export function listOfJobs(jobs: JobsSettings, graceSeconds: number): string {
  const list = Object.entries(jobs).map(([name, job]) => ({ name, ...described(job) }));
  return `${JSON.stringify({ jobs: list, graceSeconds }, undefined, 2)}\n`;
}

/** The longest that a run may take, its retries and what is between them included, in seconds. */
export function longestRun(jobs: JobsSettings): number {
  const each = Object.values(jobs).map(
    ({ timeout, retries }) => (seconds(timeout) + 10) * (retries + 1) + 60 * retries,
  );
  return Math.max(0, ...each);
}

function described(job: JobSettings) {
  const { schedule, timeZone, command, http, timeout, retries, overlap, alert } = job;
  return {
    schedule,
    timeZone,
    command,
    http: http && {
      method: http.method,
      path: http.path,
      headers: http.headers,
      expect: http.expect ?? [],
      bearerFile: fileOf(http.bearerSecret),
    },
    timeoutSeconds: seconds(timeout),
    retries,
    overlap,
    heartbeatFile: fileOf(job.heartbeatSecret),
    alertFailures: alert.failures,
    alertStaleSeconds: alert.staleAfter === undefined ? 0 : seconds(alert.staleAfter),
  };
}

function fileOf(secret: string | undefined): string {
  return secret === undefined ? "" : `${jobsPaths.files}/${secret}`;
}

/** Variables that no process of the application may have in a container of jobs. */
export const runnerVariables = [
  "KEELSON_APP",
  "KEELSON_ENTRYPOINT",
  "KEELSON_HOST",
  "KEELSON_SCHEME",
];
