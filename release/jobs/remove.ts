import { numberOf } from "../parameters.js";
import { takeDown } from "../services/containers.js";
import { poll, type StepContext } from "../step-context.js";
import { drainJobs, jobsContainers, removeJobs, removeVolumes } from "./containers.js";

/** Ends all jobs of a stack that is to have none: what runs comes to its end, then their containers are removed. */
export async function jobsEnd(context: StepContext): Promise<void> {
  const running = (await jobsContainers(context)).filter(({ isUp }) => isUp);
  for (const each of running) await drainJobs(context, each);
  await poll(context, numberOf(context, "LONGEST"), async () =>
    (await jobsContainers(context)).every(({ isUp }) => !isUp) ? true : undefined,
  );
  for (const each of await jobsContainers(context)) {
    if (each.isUp) await takeDown(context, each.id, each.name);
    await removeJobs(context, each, true);
  }
}

/** The same, and everything else of theirs: no state may have it any more, or a job that returns would miss it. */
export async function jobsRemove(context: StepContext): Promise<void> {
  await jobsEnd(context);
  for (const kind of ["jobs", "jobs-ledger"] as const) await removeVolumes(context, kind);
}

/** Nothing to do: it stands before all that an engine only forgets of jobs, so that its removal comes after that. */
export function jobsGuard(): Promise<void> {
  return Promise.resolve();
}
