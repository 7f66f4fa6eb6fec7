import { processWorkload, type ProcessSettings } from "#workload/process";
import { jobsPaths } from "./list.js";

/** Settings of the process whose image and environment jobs have. */
export interface JobsProcess extends Omit<ProcessSettings, "health"> {
  readonly secretsAs: "files" | "environment";
}

/** Label with the process that a container of jobs is of. */
const processLabel = "dev.keelson.process";

/** Intervals of the runner's health check. */
const health = {
  interval: "15s",
  timeout: "5s",
  retries: 3,
  startPeriod: "10s",
  startTimeout: "60s",
};

/** The part of the workload that follows from settings alone. */
export function jobsWorkload(process: string, settings: JobsProcess) {
  const { runner, list, ledger } = jobsPaths;
  return {
    role: "jobs",
    labels: { [processLabel]: process },
    entrypoint: [runner],
    command: ["serve", list, ledger],
    ...processWorkload({ ...settings, health }, ["CMD", runner, "health", ledger]),
    // SIGTERM lets what runs come to its end, which is for a release; who stops a stack does not wait for an hour.
    stopSignal: "SIGINT",
  };
}
