import { tmpfsOf, type TmpfsSettings } from "./tmpfs.js";
import type { Health, Workload } from "./workload.js";

/** Settings that a process of the application has, whichever it is. */
export interface ProcessSettings
  extends TmpfsSettings, Pick<Workload, "memory" | "cpus" | "pids" | "stopTimeout"> {
  readonly readOnlyRoot: boolean;
  readonly health: Omit<Health, "test">;
}

/**
 * The part of a process's workload that follows from its settings alone.
 * @param test as Docker takes it; undefined: the image's own
 */
export function processWorkload(settings: ProcessSettings, test: Health["test"]) {
  const { user, readOnlyRoot, memory, cpus, pids, stopTimeout, health } = settings;
  const { interval, timeout, retries, startPeriod, startTimeout } = health;
  return {
    user,
    readOnlyRoot,
    tmpfs: tmpfsOf(settings),
    memory,
    cpus,
    pids,
    health: { test, interval, timeout, retries, startPeriod, startTimeout },
    stopTimeout,
  };
}
