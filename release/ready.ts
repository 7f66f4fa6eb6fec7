import {
  describeEnd,
  healthCommand,
  healthOf,
  inspect,
  limitProcesses,
  startIfStopped,
  tryInspect,
} from "./container.js";
import { giveUp } from "./give-up.js";
import { numberOf, parameter, wordsOf } from "./parameters.js";
import { probeReady, readinessOf, type Readiness } from "./probe.js";
import { withProxy, type StackProxy } from "./proxy.js";
import type { Converse } from "./proxy-session.js";
import { poll, type StepContext } from "./step-context.js";

/** As often a container may end while its start is waited for: then it ends in a loop. */
const mostEnds = 3;

/**
 * Waits until each of the release's containers works, all of them or none: its own health test passes, and it answers
 * at its ready path as the public site is asked. Docker's first look at its health would come only after an interval.
 */
export function ready(context: StepContext, converse?: Converse): Promise<void> {
  return withProxy(context, converse, async (proxy) => {
    const containers = wordsOf(context, "CONTAINERS");
    await proxy.record((records) => records.resume());
    await Promise.all(
      containers.map(async (each) => {
        await startIfStopped(context, each);
        await limitProcesses(context, each, parameter(context, "PIDS"));
      }),
    );
    const looked = containers.map((each) => works(context, proxy, each));
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

/** Why a container does not work within the time that its start may take; undefined where it does. */
async function works(
  context: StepContext,
  proxy: StackProxy,
  container: string,
): Promise<string | undefined> {
  const seconds = numberOf(context, "TIMEOUT");
  const { Name, RestartCount } = await inspect(context, container);
  const start = new Start(context, container, RestartCount);
  const ended = await poll(context, seconds, () => start.look());
  if (ended === undefined) {
    return `health: the container is ${start.state} after ${String(seconds)} s, not healthy${start.why}`;
  }
  if (ended !== "healthy") return ended.reason;
  return answers(context, proxy, readinessOf(context, Name), seconds);
}

async function answers(
  context: StepContext,
  proxy: StackProxy,
  readiness: Readiness,
  seconds: number,
): Promise<string | undefined> {
  // Before there is a proxy nobody can ask.
  if (proxy.container === undefined) return undefined;
  let last = "";
  const ready = await poll(context, seconds, async () => {
    const problem = await proxy.run((session) => probeReady(session, readiness));
    if (problem === undefined) return true;
    last = problem;
    return undefined;
  });
  return ready === true ? undefined : `ready: after ${String(seconds)} s ${last}`;
}

/** The start of one container, which is looked at again and again. */
class Start {
  state = "created";
  /** What its health test printed last, for a sentence. */
  why = "";
  #end: string | undefined;
  readonly #context: StepContext;
  readonly #container: string;
  readonly #restarts: number;

  constructor(context: StepContext, container: string, restarts: number) {
    this.#context = context;
    this.#container = container;
    this.#restarts = restarts;
  }

  /** Undefined while it is not known how it will end. */
  async look(): Promise<"healthy" | { readonly reason: string } | undefined> {
    const found = await tryInspect(this.#context, this.#container);
    if (found === undefined) return { reason: "health: the container is gone" };
    this.state = healthOf(found);
    this.#end = describeEnd(found) ?? this.#end;
    if (this.state === "running/healthy") return "healthy";
    const ends = found.RestartCount - this.#restarts;
    if (ends >= mostEnds) {
      const last = this.#end === undefined ? "" : `, the last time with ${this.#end}`;
      return {
        reason: `health: the container has ended ${String(ends)} times while it starts${last}`,
      };
    }
    if (!found.State.Running) return undefined;
    return this.#passes(found.Config.Healthcheck?.Test ?? []);
  }

  /** Its own health test, run now. */
  async #passes(test: readonly string[]): Promise<"healthy" | undefined> {
    const command = healthCommand(test);
    if (command === undefined) return undefined;
    const { code, stdout, stderr } = await this.#context.docker(
      ["exec", this.#container, ...command],
      { timeoutMs: 10_000 },
    );
    if (code === 0) return "healthy";
    const said = `${stdout}${stderr}`.trim().split("\n").at(-1) ?? "";
    this.why = said === "" ? "" : `; its health test says: ${said.slice(0, 300)}`;
    return undefined;
  }
}
