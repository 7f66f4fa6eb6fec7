import { hostNames, type Settings } from "#config";
import type { Docker } from "#lib/docker";
import { messageOf } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { runningProblems } from "./running/judge.js";
import { probeRunning } from "./running/probe.js";
import { stackFlags } from "../project/target.js";
import type { StackOptions } from "../registrations/command.js";

/** The containers that take backups and prove them. */
export const backupWorkloads = ["backup", "drill", "drill-offsite", "volumes"];

/**
 * Returns the problems of what runs of a stack, a sentence each. That it can't be checked is one of them: it is not what
 * the command is about, which goes on.
 *
 * @param workloads default: all
 */
export async function runningLines(
  docker: Docker,
  settings: Settings,
  options: StackOptions,
  workloads?: readonly string[],
): Promise<string[]> {
  try {
    const facts = await probeRunning(docker, ...hostNames(settings, options.stack));
    return runningProblems(facts, settings, stackFlags(options))
      .filter(({ workload }) => workloads?.includes(workload) ?? true)
      .map(({ level, text }) => `${level === "fail" ? "Failing" : "Warning"}: ${text}`);
  } catch (error) {
    return [`Whether the containers run as they should is not known: ${messageOf(error)}`];
  }
}

/** Says it. */
export async function sayRunning(
  docker: Docker,
  settings: Settings,
  options: StackOptions,
  say: Say,
): Promise<void> {
  for (const line of await runningLines(docker, settings, options)) say(line);
}
