import type { Change } from "./changes.js";
import { startingJobs } from "./jobs.js";
import type { StandInStack, Wanted } from "./stack.js";

/** A stack that is up, and what its settings are. */
export interface Begun {
  readonly stack: StandInStack;
  readonly base: Wanted;
}

/** What is not as it should be after a change that passed and was taken back, a line each. */
export async function passedAndBack(
  { stack: whole, base }: Begun,
  change: Change,
): Promise<{ readonly problems: string[]; readonly steps: readonly string[] }> {
  const stack = whole.copy();
  const there = await brought(stack, change.wanted, "there");
  const steps = [...stack.host.steps];
  const back = there.length > 0 ? [] : await brought(stack, base, "back");
  return { problems: [...there, ...back], steps };
}

/** The same of a change whose run fails at a step. @param alone by `pulumi up` alone, which makes a release of it */
export async function failedAndBack(
  { stack: whole, base }: Begun,
  change: Change,
  failing: string,
  alone = false,
): Promise<string[]> {
  const stack = whole.copy();
  const { host } = stack;
  const inService = (): string => [...host.routed, ...host.live].join();
  const before = inService();
  const served = (): string =>
    [...host.routed, ...host.live].map((each) => host.named(each)?.id ?? "gone").join();
  const containers = served();
  const accepted = (): string =>
    host.releases.findLast(({ result }) => result === "live")?.id ?? "";
  const lastAccepted = accepted();
  const jobs = startingJobs(host).join();
  host.failing = (step) => step === failing;
  const ended = await stack.up(change.wanted, alone).then(
    () => "it passed",
    (error: unknown) => String(error),
  );
  host.failing = () => false;
  if (!ended.includes("made to fail")) return [`failing at ${failing}: ${ended}`];
  const switched = inService() !== before;
  const isLive = accepted() !== lastAccepted;
  const isSameJobs = () => startingJobs(host).join() === jobs;
  const keepsJobs = !isLive || failing === "run Command jobs-live";
  const dead = [...host.routed, ...host.live].filter((each) => host.named(each)?.running !== true);
  const steps = host.steps.length;
  const problems = [
    ...(keepsJobs && !isSameJobs() ? ["failing: the jobs of before do not go on"] : []),
    ...dead.map((each) => `failing: ${each} served and is gone`),
    ...(await brought(stack, base, "back", alone)),
  ];
  const begun = host.steps.slice(steps).includes("run Command app-begin");
  if (!alone && !switched && !isLive && begun) problems.push("back: a release of nothing new");
  if (!alone && !switched && served() !== containers)
    problems.push("back: what served was replaced");
  if (!alone && !isLive && !isSameJobs()) problems.push("back: what starts jobs was replaced");
  return problems.map((each) => `failing at ${failing}: ${each}`);
}

/** Brings a stack to what is wanted, and looks whether another run has anything to do. */
async function brought(
  stack: StandInStack,
  wanted: Wanted,
  way: string,
  alone = false,
): Promise<string[]> {
  try {
    await stack.up(wanted, alone);
    const problems = stack.problems();
    const before = stack.host.steps.length;
    const { create, update, replace, delete: deleted } = await stack.up(wanted, alone);
    const again = stack.host.steps.slice(before).join(", ");
    return [
      ...problems,
      ...(create + update + replace + deleted === 0
        ? []
        : [`the next run was not the same: ${again}`]),
    ].map((each) => `${way}: ${each}`);
  } catch (error) {
    return [`${way}: ${String(error)}`];
  }
}
