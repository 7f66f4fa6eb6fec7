import { z } from "zod";
import { inListOrder } from "#workload/roles";
import type { DockerApi } from "../../stack/docker-api.js";
import type { Process } from "../../stack/processes.js";
import type { ProcessFacts } from "./facts.js";
import { usageOf, type Sample } from "./usage.js";

/** Schema of a container's state from Docker, as far as it is shown. */
const state = z.object({
  RestartCount: z.number(),
  State: z.object({
    Running: z.boolean(),
    Restarting: z.boolean(),
    StartedAt: z.string(),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
});

/** Looks at the counters of each container, before and after. */
export interface Samples {
  readonly before: ReadonlyMap<string, Sample>;
  readonly after: ReadonlyMap<string, Sample>;
}

/** Returns the state of each process, in the order of lists; one that is gone meanwhile is left out. */
export async function processFacts(
  api: Pick<DockerApi, "get">,
  all: readonly Process[],
  { before, after }: Samples,
): Promise<ProcessFacts[]> {
  const found: ProcessFacts[] = [];
  for (const each of inListOrder(all)) {
    const parsed = state.safeParse(await api.get(`/containers/${each.id}/json`));
    if (!parsed.success) continue;
    const { State, RestartCount } = parsed.data;
    const [first, last] = [before.get(each.id), after.get(each.id)];
    found.push({
      instance: each.instance,
      process: each.process,
      container: each.name,
      running: State.Running && !State.Restarting,
      health: State.Restarting ? "restarting" : State.Health?.Status,
      restarts: RestartCount,
      startedAt: State.StartedAt,
      usage: first === undefined || last === undefined ? undefined : usageOf(first, last),
    });
  }
  return found;
}
