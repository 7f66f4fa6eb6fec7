import { hostNames, namesOf } from "../config.js";
import { takeLock } from "../engine/lock.js";
import { confirm } from "./ask.js";
import { message } from "./backup-now.js";
import { ask, ourContainers, type Docker } from "./docker.js";
import { refuseDuringDeploy, releasesOf } from "./during-deploy.js";
import { Failure, messageOf } from "./failure.js";
import { requireKnown } from "./foreign.js";
import { maintenance, maintenanceState } from "./maintenance.js";
import { poll, withProgress, type Say } from "./progress.js";
import { stackWords } from "./require-data.js";
import { openSession, type Session } from "./session.js";
import { tail } from "./shell.js";
import { projectName } from "./stack-config.js";
import { reportsOf, runUpgrade } from "./upgrade-container.js";
import { downtimeOf, type UpgradeOptions, type UpgradeReport } from "./upgrade-report.js";
import { answers, situationOf, type Situation } from "./upgrade-situation.js";
import { bringUp } from "./up.js";

/**
 * Upgrades the data of a stack, or puts back those of before its last upgrade; brings the stack up on them, and takes
 * a full backup.
 * @throws Failure that says how things stand
 */
export async function applyUpgrade(options: UpgradeOptions, say: Say): Promise<UpgradeReport> {
  const session = await openSession(options, say);
  const { docker, settings, target } = session;
  await requireKnown(session);
  // As a deployment does: nothing else changes the stack until its data are the new ones.
  const release = await takeLock(
    target.home.state,
    projectName(target.projectDirectory),
    target.stack,
    say,
  );
  const back = options.undo === true;
  const words = stackWords(target);
  let done: Done;
  try {
    const of = { docker, settings, stack: target.stack };
    await refuseDuringDeploy(of, await releasesOf(of, say));
    const situation = await situationOf(session, back);
    const reports = await reportsOf(docker, situation.drill.id);
    const rehearsal = rehearsalOf(reports, situation);
    if (!back && rehearsal === undefined && options.withoutRehearsal !== true) {
      throw new Failure(noRehearsal(situation, words));
    }
    const what = back ? undoText(reports, situation) : applyText(situation, rehearsal);
    await confirm(`${what} The stack is ${target.stack}.`, target.stack, options);
    done = { situation, ...(await inMaintenance(session, situation, options, say)) };
  } finally {
    await release();
  }
  try {
    await bringUp(session, { refresh: false }, say);
  } catch (error) {
    throw new Failure(broughtTo(done.situation, back, messageOf(error), words));
  }
  if (done.turnedOn) await maintenance("off", options, say);
  await fullBackup(session, say);
  return done.report;
}

interface Done {
  readonly situation: Situation;
  readonly report: UpgradeReport;
  /** Maintenance was not on before. */
  readonly turnedOn: boolean;
}

/** Replaces the data with the app in maintenance, which stays on; not where it failed. */
async function inMaintenance(
  session: Session,
  situation: Situation,
  options: UpgradeOptions,
  say: Say,
): Promise<Pick<Done, "report" | "turnedOn">> {
  const turnedOn = await maintenanceOn(session, options, say);
  try {
    const report = await replaceData(session, situation, options.undo === true, say);
    return { report, turnedOn };
  } catch (error) {
    if (turnedOn) await maintenance("off", options, say);
    throw error;
  }
}

/** The last rehearsal of this very upgrade, if it succeeded. */
export function rehearsalOf(
  reports: readonly UpgradeReport[],
  { from, to, image }: Pick<Situation, "from" | "to" | "image">,
): UpgradeReport | undefined {
  const same = reports.filter(
    (each) =>
      each.kind === "rehearse" && each.from === from && each.to === to && each.image === image,
  );
  const last = same.at(-1);
  return last?.ok === true ? last : undefined;
}

function noRehearsal({ from, to }: Situation, words: string): string {
  return (
    `Nothing was changed: no rehearsal of this upgrade (PostgreSQL ${from} → ${to}, with these images) has succeeded last. ` +
    `Rehearse it: keelson upgrade-postgres ${words} --rehearse; or add --without-rehearsal.`
  );
}

function applyText({ from, to }: Situation, rehearsal: UpgradeReport | undefined): string {
  const how =
    from === to ? "puts the indexes in order" : `takes the data from PostgreSQL ${from} to ${to}`;
  const time =
    rehearsal === undefined
      ? "How long that takes was not rehearsed."
      : `The database is away for about ${downtimeOf(rehearsal)} s, by the rehearsal of ${rehearsal.endedAt}, and until its new container runs.`;
  return `This takes a backup, stops the server, ${how} and keeps those of before; the app is in maintenance meanwhile. ${time}`;
}

function undoText(reports: readonly UpgradeReport[], { from, to }: Situation): string {
  const last = reports.filter(({ kind, ok }) => ok && kind === "apply").at(-1);
  return (
    `This puts the data of before the upgrade back, from PostgreSQL ${to} to ${from}: ` +
    `what was written since ${last?.startedAt ?? "then"} is no longer seen by the app; it stays beside them in the volume.`
  );
}

async function maintenanceOn(
  session: Session,
  options: UpgradeOptions,
  say: Say,
): Promise<boolean> {
  const { docker, settings, target } = session;
  const of = { docker, ...namesOf(settings, target.stack) };
  const proxy = (await ourContainers(docker, of.app, of.stack)).find(
    (each) => each.workload === "proxy" && each.running,
  );
  if (proxy === undefined || (await maintenanceState(of)).on) return false;
  await maintenance("on", options, say);
  return true;
}

/** Everything is as it was when this fails, but for a backup more. */
async function replaceData(
  session: Session,
  situation: Situation,
  back: boolean,
  say: Say,
): Promise<UpgradeReport> {
  const { docker } = session;
  const { server } = situation;
  if (server?.running === true) {
    await lastBackup(docker, situation, say);
    await withProgress(say, `stopping ${server.name}`, ask(docker, ["stop", server.id]));
    say(`Stopped ${server.name}.`);
  }
  let report: UpgradeReport;
  try {
    report = await runUpgrade(back ? "undo" : "apply", session, situation, say);
    if (!report.ok) throw new Failure(report.error ?? "the upgrade does not say why it failed");
  } catch (error) {
    const started = server?.running === true ? await startAgain(docker, server.id) : "";
    throw new Failure(`The data are as they were: ${messageOf(error)}${started}`);
  }
  // It is of the other version: whoever started it before it is replaced would see it refuse the data.
  if (server !== undefined) await docker(["rm", "--force", server.id]);
  return report;
}

/** A server that restarts and restarts, since it refuses its data, has nothing to back up. */
async function lastBackup(docker: Docker, { server, backup }: Situation, say: Say): Promise<void> {
  if (!(await answers(docker, server))) {
    say("The server does not answer: no backup is taken before.");
    return;
  }
  await base(docker, backup.id, "diff", "last backup", say);
}

/** Takes a physical backup, once one that runs has ended. @throws Failure */
async function base(
  docker: Docker,
  container: string,
  type: "full" | "diff",
  what: string,
  say: Say,
): Promise<void> {
  const attempt = async () => {
    const ended = await docker(["exec", container, "/usr/local/bin/base", type]);
    return ended.code === busy ? undefined : ended;
  };
  const ended = await withProgress(say, what, poll(attempt, patienceMs, 2000));
  if (ended === undefined) throw new Failure("Another backup has not ended within an hour.");
  if (ended.code !== 0) throw new Failure(`The ${what} failed: ${message(tail(ended, 1))}`);
  for (const line of ended.stdout.trim().split("\n")) say(message(line));
}

const busy = 75;
const patienceMs = 3_600_000;

async function startAgain(docker: Docker, id: string): Promise<string> {
  const started = await docker(["start", id]);
  return started.code === 0
    ? " The server is started again."
    : " The server does not start; run keelson up.";
}

function broughtTo({ from, to }: Situation, back: boolean, reason: string, words: string): string {
  const now = back ? from : to;
  return (
    `The data are of PostgreSQL ${now} now, but the stack did not come up on them: ${reason}\n` +
    `Maintenance stays on. See to that and run: keelson up ${words}; then keelson maintenance off ${words}, and keelson backup now ${words} --type full.` +
    (back
      ? ""
      : `\nOr set postgres.version to ${from} and go back: keelson upgrade-postgres ${words} --undo`)
  );
}

async function fullBackup({ docker, settings, target }: Session, say: Say): Promise<void> {
  const containers = await ourContainers(docker, ...hostNames(settings, target.stack));
  const backup = containers.find((each) => each.workload === "backup" && each.running);
  try {
    if (backup === undefined) throw new Failure("There is no backup container that runs.");
    await base(docker, backup.id, "full", "full backup", say);
  } catch (error) {
    throw new Failure(
      `The stack runs on the new data, but there is no full backup of them: ${messageOf(error)} ` +
        "See to that, then: keelson backup now --type full.",
    );
  }
}
