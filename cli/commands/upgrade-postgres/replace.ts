import { hostNames, namesOf } from "#config";
import { message } from "../backup.js";
import { findData, type DataFound } from "../../stack/data/found.js";
import type { Docker } from "#lib/docker";
import { ask } from "../../io/docker.js";
import { Failure, messageOf } from "../../io/failure.js";
import { maintenanceState, turnMaintenance } from "../maintenance.js";
import type { StackAddress } from "../../stack/proxy.js";
import { poll, withProgress, type Say } from "../../io/progress.js";
import type { Session } from "../../stack/session.js";
import { tail } from "#lib/run-process";
import { reportsOf, runUpgrade } from "./container.js";
import type { UpgradeReport } from "../../documents/upgrade.js";
import { answers, type Situation } from "./situation.js";

/** The result of an upgrade of the data. */
export interface Replaced {
  readonly report: UpgradeReport;
  /** Maintenance was not on before. */
  readonly turnedOn: boolean;
}

/** The parts of a session that this needs. */
export type UpgradeSession = Pick<Session, "docker" | "settings" | "target">;

/** The data have been exchanged, though not all of the step was done. */
class Exchanged extends Failure {}

/**
 * Replaces the data with the app in maintenance, which stays on; not where it failed and the data are as they were.
 * @param back puts the data of before the last upgrade back
 * @throws Failure that says which data there are
 */
export async function inMaintenance(
  session: UpgradeSession,
  situation: Situation,
  back: boolean,
  say: Say,
): Promise<Replaced> {
  const { docker, settings, target } = session;
  const of = { docker, ...namesOf(settings, target.stack) };
  const { retryAfter } = settings.proxy.maintenance;
  // A stack without a running proxy has no clients to answer.
  const turnedOn = !(await maintenanceState(of)).on;
  try {
    if (turnedOn) await turnMaintenance(of, "on", retryAfter);
    return { report: await replaceData(session, situation, back, say), turnedOn };
  } catch (error) {
    if (!turnedOn || error instanceof Exchanged) throw error;
    throw await turnedOff(of, retryAfter, error);
  }
}

/** The error of before, and that maintenance is still on where it can't be turned off. */
async function turnedOff(of: StackAddress, retryAfter: string, error: unknown): Promise<unknown> {
  try {
    await turnMaintenance(of, "off", retryAfter);
    return error;
  } catch (second) {
    return new Failure(
      `${messageOf(error)}\nMaintenance stays on (${messageOf(second)}); turn it off: keelson maintenance off.`,
    );
  }
}

/** Everything is as it was when this fails, but for a backup more; unless it says that the data are exchanged. */
async function replaceData(
  session: UpgradeSession,
  situation: Situation,
  back: boolean,
  say: Say,
): Promise<UpgradeReport> {
  const { docker } = session;
  const { server, drill } = situation;
  if (server?.running === true) await lastBackup(docker, situation, say);
  const known = await reportsOf(docker, drill.id);
  const was = await dataOf(session);
  let report: UpgradeReport;
  try {
    if (server?.running === true) {
      await withProgress(say, `stopping ${server.name}`, ask(docker, ["stop", server.id]));
      say(`Stopped ${server.name}.`);
    }
    report = await runUpgrade(back ? "undo" : "apply", session, situation, say);
    if (!report.ok) throw new Failure(report.error ?? "the upgrade does not say why it failed");
  } catch (error) {
    const done = await outcome(session, situation, { known, was }, messageOf(error));
    if (done === undefined) {
      const started = server?.running === true ? await startAgain(docker, server.id) : "";
      throw new Failure(`The data are as they were: ${messageOf(error)}${started}`);
    }
    report = done;
  }
  // It is of the other version: whoever started it before it is replaced would see it refuse the data.
  if (server !== undefined) await docker(["rm", "--force", server.id]);
  return report;
}

/**
 * Returns the result of a step that is reported as failed: the connection may have been lost after it was done.
 * @returns its report; undefined where the data are as they were
 * @throws Exchanged where they are others, or that can't be seen
 */
async function outcome(
  session: UpgradeSession,
  { drill }: Situation,
  { known, was }: { readonly known: readonly UpgradeReport[]; readonly was: string },
  reason: string,
): Promise<UpgradeReport | undefined> {
  const again =
    "Maintenance stays on. Run keelson up, which finds out which data there are; then keelson maintenance off.";
  let now: string;
  try {
    const last = (await reportsOf(session.docker, drill.id)).at(-1);
    if (last?.ok === true && last.kind !== "rehearse" && !known.some(({ id }) => id === last.id)) {
      return last;
    }
    now = await dataOf(session);
  } catch (error) {
    throw new Exchanged(
      `Whether the data are as they were is not known (${messageOf(error)}): ${reason}. ${again}`,
    );
  }
  if (now === was) return undefined;
  throw new Exchanged(
    `The data were exchanged, but not all was done after that: ${reason}. ${again}`,
  );
}

/** Which cluster is in the data volume, as a text. */
async function dataOf({ docker, settings, target }: UpgradeSession): Promise<string> {
  const found: DataFound | undefined = await findData(docker, ...hostNames(settings, target.stack));
  if (found === undefined) throw new Failure("no image is there to look into the volume with");
  return `${String(found.major)} ${String(found.cluster)}`;
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
export async function base(
  docker: Docker,
  container: string,
  type: "full" | "diff",
  what: string,
  say: Say,
): Promise<void> {
  const attempt = async () => {
    const result = await docker(["exec", container, "/usr/local/bin/physical-backup", type]);
    return result.code === busy ? undefined : result;
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
