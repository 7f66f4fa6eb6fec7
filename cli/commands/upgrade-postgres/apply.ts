import { hostNames } from "#config";
import { takeLock } from "#engine/lock";
import { confirm } from "../../io/confirm.js";
import { ourContainers } from "../../io/docker.js";
import type { UpgradeOptions } from "../../registrations/upgrade-postgres.js";
import { refuseDuringDeploy, releasesOf } from "../../stack/during-deploy.js";
import { Failure, messageOf } from "../../io/failure.js";
import { requireOwned } from "../../stack/ownership.js";
import { maintenance } from "../maintenance.js";
import type { Say } from "../../io/progress.js";
import { stackFlags } from "../../stack/data.js";
import { openSession, type Session } from "../../stack/session.js";
import { projectName } from "../../project/config.js";
import { reportsOf } from "./container.js";
import { base, inMaintenance, type Replaced } from "./replace.js";
import type { UpgradeReport } from "../../documents/upgrade.js";
import { downtimeOf } from "./report.js";
import { situationOf, type Situation } from "./situation.js";
import { bringUp } from "../up.js";

/**
 * Upgrades the data of a stack, or puts back those of before its last upgrade; brings the stack up on them, and takes
 * a full backup.
 * @throws Failure that says how things stand
 */
export async function applyUpgrade(options: UpgradeOptions, say: Say): Promise<UpgradeReport> {
  const session = await openSession(options, say);
  const { docker, settings, target } = session;
  await requireOwned(session);
  // As a deployment does: nothing else changes the stack until its data are the new ones.
  const release = await takeLock(
    target.home.state,
    projectName(target.projectDirectory),
    target.stack,
    say,
  );
  const back = options.undo === true;
  const flags = stackFlags(target);
  let done: Done;
  try {
    const of = { docker, settings, stack: target.stack };
    await refuseDuringDeploy(of, await releasesOf(of, say));
    const situation = await situationOf(session, back);
    const reports = await reportsOf(docker, situation.drill.id);
    const rehearsal = rehearsalOf(reports, situation);
    if (!back && rehearsal === undefined && options.withoutRehearsal !== true) {
      throw new Failure(noRehearsal(situation, flags));
    }
    const what = back ? undoText(reports, situation) : applyText(situation, rehearsal);
    await confirm(`${what} The stack is ${target.stack}.`, target.stack, options);
    done = { situation, ...(await inMaintenance(session, situation, back, say)) };
  } finally {
    await release();
  }
  try {
    await bringUp(session, { refresh: false }, say);
  } catch (error) {
    throw new Failure(broughtTo(done.situation, back, messageOf(error), flags));
  }
  if (done.turnedOn) await maintenance("off", options, say);
  await fullBackup(session, say);
  return done.report;
}

interface Done extends Replaced {
  readonly situation: Situation;
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

function noRehearsal({ from, to }: Situation, flags: string): string {
  return (
    `Nothing was changed: no rehearsal of this upgrade (PostgreSQL ${from} → ${to}, with these images) has succeeded last. ` +
    `Rehearse it: keelson upgrade-postgres ${flags} --rehearse; or add --without-rehearsal.`
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
    `what was written since ${last?.startedAt ?? "then"} is no longer seen by the app; it stays alongside them in the volume.`
  );
}

function broughtTo({ from, to }: Situation, back: boolean, reason: string, flags: string): string {
  const now = back ? from : to;
  return (
    `The data are of PostgreSQL ${now} now, but the stack did not come up on them: ${reason}\n` +
    `Maintenance stays on. See to that and run: keelson up ${flags}; then keelson maintenance off ${flags}, and keelson backup now ${flags} --type full.` +
    (back
      ? ""
      : `\nOr set postgres.version to ${from} and undo the upgrade: keelson upgrade-postgres ${flags} --undo`)
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
