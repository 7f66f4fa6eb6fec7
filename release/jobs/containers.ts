import { stackContainers, stackFilters, type StackContainer } from "../stack-containers.js";
import type { StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";

/** A container of jobs on the host. */
export type JobsContainer = StackContainer;

/** Every container of jobs of the stack, whichever release made it. @throws StepFailure */
export function jobsContainers(context: StepContext): Promise<JobsContainer[]> {
  return stackContainers(context, "jobs");
}

/** Starts nothing more there, and lets what runs come to its end, with which the container ends. @throws StepFailure */
export async function drainJobs(context: StepContext, { id, name }: JobsContainer): Promise<void> {
  // First: neither Docker nor `keelson up` starts it again once it has ended.
  await must(context, ["update", "--restart", "no", id], name);
  await must(context, ["kill", "--signal", "TERM", id], name);
}

/** Removes a container that has ended. @throws StepFailure */
export async function removeJobs(
  context: StepContext,
  { id, name }: JobsContainer,
  force = false,
): Promise<void> {
  await must(context, ["rm", ...(force ? ["--force"] : []), id], name);
}

/** Removes volumes of jobs that no container has any more; Docker refuses it of one that has. */
export async function removeVolumes(
  context: StepContext,
  kind: "jobs" | "jobs-ledger",
): Promise<void> {
  const list = await context.docker(["volume", "ls", "--quiet", ...stackFilters(context, kind)]);
  if (list.code !== 0) throw new StepFailure(`docker: ${list.stderr.trim()}`);
  for (const name of list.stdout.split("\n").filter((each) => each !== "")) {
    const { code, stderr } = await context.docker(["volume", "rm", name]);
    if (code === 0 || /in use|no such volume/i.test(stderr)) continue;
    throw new StepFailure(`${name}: docker volume rm: ${stderr.trim()}`);
  }
}

async function must(context: StepContext, args: readonly string[], name: string): Promise<void> {
  const { code, stderr } = await context.docker(args);
  if (code === 0 || /no such container|is not running/i.test(stderr)) return;
  throw new StepFailure(`${name}: docker ${args[0] ?? ""}: ${stderr.trim()}`);
}
