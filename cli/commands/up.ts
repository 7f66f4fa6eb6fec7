import { hostNames, namesOf } from "#config";
import { ourContainers } from "../io/docker.js";
import type { UpOptions } from "../registrations/up.js";
import { clearFailedRelease } from "../stack/failed-release.js";
import { messageOf } from "../io/failure.js";
import { endUnfinished } from "../stack/releases.js";
import { requireOwned } from "../stack/ownership.js";
import { maintenanceState, maintenanceText } from "./maintenance.js";
import { requirePorts } from "../host/preflight.js";
import { foresee } from "./preview.js";
import { outlookLines } from "./preview/text.js";
import type { Mapping } from "#lib/merge";
import type { Say } from "../io/progress.js";
import { repair, type RepairContext } from "../stack/repair.js";
import { requireData } from "../stack/data.js";
import { sayRunning } from "../stack/running.js";
import { changesText, containerType, type Recorded, type Result } from "../engines/runner.js";
import { openSession, type Session } from "../stack/session.js";
import { takeBackRelease } from "../stack/take-back.js";
import { completeVersion } from "../stack/version.js";

/** `keelson up`: brings a stack to what its settings say, mending what was broken by hand. */
export async function up(options: UpOptions, say: Say): Promise<void> {
  const session = await openSession(options, say);
  await requireOwned(session);
  await requirePorts(session.docker, session.settings, await ownIds(session));
  // Elsewhere nobody is waiting on the other side, and a preview takes as long as the program does.
  if (session.settings.environment === "prod") {
    for (const line of outlookLines((await foresee(session, say)).meaning)) say(line);
  }
  const look = () => sayRunning(session.docker, session.settings, options, say);
  const result = await bringUp(session, { refresh: options.refresh === true }, say).catch(
    async (error: unknown) => {
      await look();
      throw error;
    },
  );
  say(`${changesText(result.changes)}, ${result.seconds.toFixed(1)} s.`);
  await look();
  if (options.json === true) {
    say(JSON.stringify({ ...result.changes, seconds: result.seconds }));
  }
}

/** Repairs, then runs; what a failed release started is removed again, and the history says that it failed. */
export async function bringUp(
  session: Session,
  options: { readonly refresh: boolean; readonly app?: Mapping },
  say: Say,
): Promise<Result & { readonly inMaintenance: boolean }> {
  const { runner, docker, settings, target, choice } = session;
  const embedded = choice.kind === "embedded";
  const context = { runner, docker, ...namesOf(settings, target.stack) };
  await requireData(session, say);
  // Those of an earlier release stand in its settings.
  if (options.app === undefined) await completeVersion(session, say);
  // The embedded engine's refresh reads containers only, and mends them in the same run.
  const refresh = embedded || options.refresh;
  const result = await converge(context, { ...options, refresh }, say);
  return { ...result, inMaintenance: await saidMaintenance(context, say) };
}

/** Repairs what was broken by hand, runs the engine, and takes back what a failed release has left. */
export async function converge(
  context: RepairContext,
  options: { readonly refresh: boolean; readonly app?: Mapping },
  say: Say,
): Promise<Result> {
  const before = await repair(context, say);
  try {
    return await context.runner.up(options);
  } catch (error) {
    const [reason = ""] = messageOf(error).split("\n");
    await endUnfinished(context, reason).catch((second: unknown) => {
      say(`The history of releases does not tell of this one's end: ${messageOf(second)}`);
    });
    await takeBack(context, before, say).catch((second: unknown) => {
      say(`What the failed release started is not removed yet: ${messageOf(second)}`);
    });
    throw error;
  }
}

/** Reverts a record; one that can't be reverted as a whole, such as one of another run, keeps its state. */
async function takeBack(context: RepairContext, before: Recorded, say: Say): Promise<void> {
  const whole = await takeBackRelease(context, before, say);
  if (!whole) await clearFailedRelease(context, before, say);
}

/** Maintenance mode has to be noticed. */
async function saidMaintenance(context: RepairContext, say: Say): Promise<boolean> {
  try {
    const state = await maintenanceState(context);
    if (state.on) say(maintenanceText(state));
    return state.on;
  } catch (error) {
    say(`Whether maintenance is on is not known: ${messageOf(error)}`);
    return false;
  }
}

/** Ids of the stack's containers, by its state and by their labels: a kill leaves some with labels alone. */
export async function ownIds({ runner, docker, settings, target }: Session): Promise<Set<string>> {
  const { resources } = await runner.recorded();
  const recorded = resources.filter((each) => each.type === containerType);
  const labelled = await ourContainers(docker, ...hostNames(settings, target.stack));
  return new Set([...recorded, ...labelled].map((each) => each.id ?? ""));
}
