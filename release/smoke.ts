import { inspect, startIfStopped } from "./container.js";
import { giveUp } from "./give-up.js";
import { parameter, wordsOf } from "./parameters.js";
import { withProxy } from "./proxy.js";
import type { Converse } from "./proxy-session.js";
import { startAlongside } from "./services/start.js";
import { smokeProblems, smokeTestOf } from "./smoke-test.js";
import type { StepContext } from "./step-context.js";

/** Asks each new container the smoke test's questions, before a client is on it. */
export function smoke(context: StepContext, converse?: Converse): Promise<void> {
  return withProxy(context, converse, async (proxy) => {
    const containers = wordsOf(context, "CONTAINERS");
    const test = smokeTestOf(context);
    await proxy.record((records) => records.resume());
    if (test === undefined) return;
    await startAlongside(context, proxy, true);
    for (const container of containers) {
      await startIfStopped(context, container);
      const { Name } = await inspect(context, container);
      const base = `http://${Name}:${parameter(context, "APP_PORT")}`;
      const problems = await proxy.run((session) =>
        smokeProblems(context, session, test, { base }),
      );
      if (problems.length === 0) {
        context.say(`smoke: ${base} passed ${String(test.checks.length)} checks`);
        continue;
      }
      const reason = `smoke test of the new container: ${problems.join("; ")}`;
      throw await giveUp(context, proxy, { containers, failed: [container], reason });
    }
  });
}
