import { lastLines, tryInspect } from "./container.js";
import { usedHosts } from "./haproxy/servers.js";
import type { ReleaseEnd } from "./history/records.js";
import { nothingServes } from "./migration/serving.js";
import { leaveNames } from "./names.js";
import type { StackProxy } from "./proxy.js";
import { proxyFiles } from "./proxy-session.js";
import { standDown } from "./services/stand-down.js";
import { stillWanted, type StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** A release that did not pass. */
export interface GivenUp {
  /** All of its containers. */
  readonly containers: readonly string[];
  /** Those that failed it, whose logs are shown. */
  readonly failed: readonly string[];
  readonly reason: string;
  /** Default `failed`. */
  readonly result?: ReleaseEnd["result"];
}

/**
 * Ends a release: what it has started stops, unless clients are on it, so that it leaves nothing running. The
 * containers stay in the state, and the next run starts them again or replaces them.
 * @returns the error to throw
 */
export async function giveUp(
  context: StepContext,
  proxy: StackProxy,
  { containers, failed, reason, result = "failed" }: GivenUp,
): Promise<StepFailure> {
  stillWanted(context);
  const ended = await proxy.fail(reason, result);
  for (const each of failed) {
    const name = await nameOf(context, each);
    context.say(`the last 50 log lines of ${name}:`);
    for (const line of await lastLines(context, each)) context.say(line);
  }
  // First: an exclusive service of before may be down, and nothing else does its work meanwhile.
  await standDown(context, proxy);
  const serving = await inService(context, proxy);
  const nothing = serving === undefined ? undefined : await nothingServes(context, proxy);
  const goesOn = nothing === undefined && serving !== undefined && serving.size > 0;
  const names = await Promise.all(containers.map((each) => nameOf(context, each)));
  const stopped = names.filter((name) => serving !== undefined && !serving.has(name));
  await leaveNames(context, stopped);
  for (const each of containers) await stop(context, each, serving, goesOn);
  return nothing === undefined ? ended : new StepFailure(`${ended.message}. ${nothing}`);
}

/** Names of the containers that clients may be on; undefined where that can't be known. */
async function inService(
  context: StepContext,
  proxy: StackProxy,
): Promise<ReadonlySet<string> | undefined> {
  if (proxy.container === undefined) return new Set();
  try {
    const text = await proxy.run((session) => session.read(proxyFiles.configuration));
    return new Set(usedHosts(text));
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    context.say(`what is in service can't be found out: ${error.message}`);
    return undefined;
  }
}

async function stop(
  context: StepContext,
  container: string,
  serving: ReadonlySet<string> | undefined,
  goesOn: boolean,
): Promise<void> {
  const name = await nameOf(context, container);
  // Not to know counts as yes: nothing is stopped that clients may be on.
  if (serving === undefined || serving.has(name)) {
    context.say(`${name} stays in service: there is nothing else to go to.`);
    return;
  }
  const { code, stderr } = await context.docker(["stop", container]);
  const rest = goesOn ? "; what served before goes on serving." : ".";
  context.say(
    code === 0 ? `${name} is stopped${rest}` : `${name} could not be stopped: ${stderr.trim()}`,
  );
}

async function nameOf(context: StepContext, container: string): Promise<string> {
  return (await tryInspect(context, container))?.Name ?? container;
}
