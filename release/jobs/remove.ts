import { numberOf } from "../parameters.js";
import { takeDown } from "../services/containers.js";
import { poll, type StepContext } from "../step-context.js";
import { drainJobs, jobsContainers, removeJobs, removeVolumes } from "./containers.js";

/** Ends all jobs of a stack that is to have none: what runs comes to its end, then everything of theirs is removed. */
export async function jobsRemove(context: StepContext): Promise<void> {
  const running = (await jobsContainers(context)).filter(({ isUp }) => isUp);
  for (const each of running) await drainJobs(context, each);
  await poll(context, numberOf(context, "LONGEST"), async () =>
    (await jobsContainers(context)).every(({ isUp }) => !isUp) ? true : undefined,
  );
  for (const each of await jobsContainers(context)) {
    if (each.isUp) await takeDown(context, each.id, each.name);
    await removeJobs(context, each, true);
  }
  for (const kind of ["jobs", "jobs-ledger"] as const) await removeVolumes(context, kind);
}

/** Nothing to do: it stands before all that an engine only forgets of jobs, so that its removal comes after that. */
export function jobsGuard(): Promise<void> {
  return Promise.resolve();
}
