import { lastLines, limitProcesses } from "./container.js";
import { lookedHealthy } from "./health.js";
import { numberOf, parameter } from "./parameters.js";
import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";
import { timelineOf } from "./timeline.js";

/**
 * Limits the processes of a container that took another one's place, and waits until its health test passes. Docker's
 * provider has no such limit, and would wait for Docker's own look, which comes only after an interval; on a retry after
 * a failed wait it reports an unhealthy container as updated. Prints when what was.
 */
export async function readyAlone(context: StepContext): Promise<void> {
  const container = parameter(context, "CONTAINER");
  const seconds = numberOf(context, "TIMEOUT");
  await limitProcesses(context, container, parameter(context, "PIDS"));
  const { healthy, health } = await lookedHealthy(context, container, seconds);
  if (!healthy) {
    context.say(`the last 50 log lines of ${container}:`);
    for (const line of await lastLines(context, container)) context.say(line);
    throw new StepFailure(`container ${container} is ${health}`);
  }
  const timeline = await timelineOf(context, container, parameter(context, "SIBLINGS"));
  if (typeof timeline !== "string") for (const line of timeline) context.print(line);
  else context.say(`how long its start took could not be found out: ${timeline}`);
}
