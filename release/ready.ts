import { startIfStopped } from "./container.js";
import { giveUp } from "./give-up.js";
import { numberOf, wordsOf } from "./parameters.js";
import { probeReady, readinessOf } from "./probe.js";
import { withProxy, type StackProxy } from "./proxy.js";
import type { Converse } from "./proxy-session.js";
import { Start } from "./start.js";
import { poll, type StepContext } from "./step-context.js";

/**
 * Waits until each of the release's containers works, all of them or none: its own health test passes, and it answers
 * at its ready path as the public site is asked, unless another step asks that later.
 */
export function ready(context: StepContext, converse?: Converse): Promise<void> {
  return withProxy(context, converse, async (proxy) => {
    const containers = wordsOf(context, "CONTAINERS");
    await proxy.record((records) => records.resume());
    const starts = await Promise.all(containers.map((each) => begin(context, each)));
    const looked = starts.map((each) => works(context, proxy, each));
    const reasons = await Promise.all(looked);
    const failed = containers.flatMap((container, index) => {
      const reason = reasons[index];
      return reason === undefined ? [] : [{ container, reason }];
    });
    const [first] = failed;
    if (first === undefined) return;
    throw await giveUp(context, proxy, {
      containers,
      failed: failed.map(({ container }) => container),
      reason: first.reason,
    });
  });
}

interface Begun {
  readonly start: Start;
  /** The container's name. */
  readonly name: string;
}

async function begin(context: StepContext, container: string): Promise<Begun> {
  const { Name, RestartCount } = await startIfStopped(context, container);
  const start = new Start(context, container, RestartCount);
  await start.limit();
  return { start, name: Name };
}

/** Returns the reason why a container does not work within the time that its start may take; undefined where it does. */
async function works(
  context: StepContext,
  proxy: StackProxy,
  { start, name }: Begun,
): Promise<string | undefined> {
  const seconds = numberOf(context, "TIMEOUT");
  const ended = await poll(context, seconds, () => start.look());
  if (ended === undefined) return start.explained(start.late(seconds), false);
  if (ended !== "healthy") return start.explained(ended.reason, false);
  const problem = await answers(context, proxy, { start, name }, seconds);
  if (problem === undefined) return undefined;
  return start.explained(
    problem,
    /connection refused|failed to connect|could not connect/i.test(problem),
  );
}

async function answers(
  context: StepContext,
  proxy: StackProxy,
  { start, name }: Begun,
  seconds: number,
): Promise<string | undefined> {
  // Before there is a proxy nobody can ask.
  if (proxy.container === undefined || context.environment["ASKS_LATER"] === "yes")
    return undefined;
  const readiness = readinessOf(context, name);
  let last = "";
  const ended = await poll(context, seconds, async () => {
    const problem = await proxy.run((session) => probeReady(session, readiness));
    if (problem === undefined) return "";
    last = problem;
    const lost = await start.lost();
    return lost === undefined ? undefined : `${lost}; ${problem}`;
  });
  if (ended === "") return undefined;
  return ended ?? `ready: after ${String(seconds)} s ${last}`;
}
