import { z } from "zod";
import { inspect, lastLines, limitProcesses } from "../container.js";
import { lookedHealthy } from "../health.js";
import { numberOf, parameter } from "../parameters.js";
import { bringUp, takeDown } from "../services/containers.js";
import { poll, secondsSince, type StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import {
  drainJobs,
  jobsContainers,
  removeJobs,
  removeVolumes,
  type JobsContainer,
} from "./containers.js";

const described = z.array(
  z.object({
    /** `app`, or the name of a service. */
    process: z.string(),
    container: z.string(),
    /** Most processes and threads. */
    pids: z.number(),
  }),
);
type Described = z.output<typeof described>[number];

const startSeconds = 60;

/**
 * Starts the jobs of a release that is live, alongside those of before: the ledger that they share lets each time of a
 * schedule be claimed once. Then those of before start nothing more; what runs there comes to its end, which is waited
 * for only where it is a request to containers that are about to go.
 * @throws StepFailure where one does not start; the jobs of before go on then
 */
export async function jobsLive(context: StepContext): Promise<void> {
  const wanted = described.parse(JSON.parse(parameter(context, "JOBS")));
  for (const each of wanted) await start(context, each);
  const ids = wanted.map(({ container }) => container);
  const others = (await jobsContainers(context)).filter(({ id }) => !ids.includes(id));
  const before = others.filter(({ isUp }) => isUp);
  for (const each of before) {
    await drainJobs(context, each);
    context.say(`${each.name} starts no more jobs; what runs there comes to its end`);
  }
  await requestsEnd(context, before);
  await clear(context, ids);
}

async function start(context: StepContext, { process, container, pids }: Described): Promise<void> {
  const { Name, State } = await inspect(context, container);
  await limitProcesses(context, container, String(pids));
  const wasUp = State.Running || State.Status === "restarting";
  if (!wasUp) await bringUp(context, container, Name);
  const { healthy, health } = await lookedHealthy(context, container, startSeconds);
  if (healthy) {
    if (!wasUp) context.say(`${Name} starts the jobs of ${process}`);
    return;
  }
  context.say(`the last 50 log lines of ${Name}:`);
  for (const line of await lastLines(context, container)) context.say(line);
  await takeDown(context, container, Name);
  throw new StepFailure(
    `jobs of ${process}: ${Name} is ${health} (above). The release is live, and the jobs of before go on; run keelson up again once that is mended`,
  );
}

/** Waits for the requests to the app's containers of before, which would be interrupted with them. */
async function requestsEnd(context: StepContext, before: readonly JobsContainer[]): Promise<void> {
  const [runner, ledger] = [parameter(context, "RUNNER"), parameter(context, "LEDGER")];
  const began = context.now();
  let asked: string[] = [];
  const busy = async () => {
    const found = before.map(async ({ id }) => {
      const { code, stdout } = await context.docker(["exec", id, runner, "busy", ledger, "http"]);
      // One that has ended asks nothing.
      return code === 0 ? stdout.split("\n").filter((line) => line !== "") : [];
    });
    return (await Promise.all(found)).flat();
  };
  const ended = await poll(context, numberOf(context, "LONGEST"), async () => {
    const now = await busy();
    if (now.length > 0 && asked.length === 0) {
      context.say(`waiting for requests of jobs: ${now.join(" ")}`);
    }
    asked = now.length === 0 ? asked : now;
    return now.length === 0 ? true : undefined;
  });
  if (ended === undefined) context.say(`still asking after its time: ${asked.join(" ")}`);
  else if (asked.length > 0)
    context.say(`they ended after ${String(secondsSince(context, began))} s`);
}

/** Removes what ended before, and what nothing uses any more: the engine forgets it, for it may go on after `up`. */
async function clear(context: StepContext, wanted: readonly string[]): Promise<void> {
  const others = (await jobsContainers(context)).filter(({ id }) => !wanted.includes(id));
  for (const each of others.filter(({ isUp }) => !isUp)) await removeJobs(context, each);
  await removeVolumes(context, "jobs");
}
