import { takeLock } from "#engine/lock";
import {
  loginRoles,
  roleNames,
  roleInServer,
  type RoleName,
} from "#components/database/role-names";
import { targetOf } from "#components/identity";
import { hostNames } from "#config";
import { literal, quoted } from "#lib/sql-text";
import { superuserPsql } from "#lib/superuser";
import { ourContainers } from "../../io/docker.js";
import type { RenameOptions } from "../../registrations/rename.js";
import { refuseDuringDeploy, releasesOf } from "../../stack/during-deploy.js";
import { Failure, messageOf } from "../../io/failure.js";
import type { Say } from "../../io/progress.js";
import type { DatabaseRename, RenamePlan } from "./plan.js";
import { writeSettings } from "./settings.js";
import { RestoreRunner } from "../restore/place.js";
import type { Stack } from "../../stack/stack.js";
import { Services } from "../restore/services.js";
import { openSession, type Session } from "../../stack/session.js";
import { tail } from "#lib/run-process";
import { projectName } from "../../project/config.js";
import { stackFlags } from "../../project/target.js";
import { bringUp } from "../up.js";
import { newDatabaseVariable } from "#lib/platform";

/**
 * SQL for psql that gives a database and its roles other names, all or none. Sessions on it end: a database that is in
 * use can't be renamed. Passwords stay: they are SCRAM's, in which the role's name has no part.
 */
export function renameSql({ from, to }: DatabaseRename): string {
  const roles = roleNames.map((role) => renameRole(role, from, to));
  return [
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${literal(from)} \\g /dev/null`,
    "BEGIN;",
    `ALTER DATABASE ${quoted(from)} RENAME TO ${quoted(to)};`,
    ...roles,
    // Their second logins, of which only the server knows whether they have ended.
    `SELECT format('ALTER ROLE %I RENAME TO %I', rolname, ${literal(to)} || right(rolname, -length(${literal(from)}))) ` +
      `FROM pg_roles WHERE rolname ~ ${literal(`^${from}_(${loginRoles.join("|")})_[0-9]+$`)} \\gexec`,
    // The migrator becomes the owner on login, by name.
    `ALTER ROLE ${quoted(roleInServer(to, "migrator"))} SET role = ${literal(roleInServer(to, "owner"))};`,
    "COMMIT;",
    "",
  ].join("\n");
}

/** True while the database has its old name. @throws Failure where neither or both of the names exist */
export async function stillOld(server: Stack, { from, to }: DatabaseRename): Promise<boolean> {
  const names = `SELECT datname FROM pg_database WHERE datname IN (${literal(from)}, ${literal(to)})`;
  const found = (await psql(server, names)).split("\n");
  const [old, now] = [from, to].map((each) => found.includes(each));
  if (old !== now) return old === true;
  throw new Failure(
    old === true
      ? `The server has the databases ${from} and ${to}; nothing was changed. Choose another name.`
      : `The server has neither the database ${from} nor ${to}; nothing was changed. See to it that it runs on its own data.`,
  );
}

/** Refuses a rename that would make something else useless. @throws Failure; nothing has been changed */
export async function requireRenamable(
  { docker, settings, target }: Session,
  rename: DatabaseRename,
): Promise<void> {
  const of = { docker, settings, stack: target.stack };
  const renamed = !(await stillOld(of, rename));
  if (renamed || !settings.backup.enabled) return;
  const kept = await (await RestoreRunner.of(of)).kept(true);
  if (kept.length === 0) return;
  throw new Failure(
    `Restores have kept data under the name ${rename.from}, which could not be put back after a rename: nothing was changed. ` +
      `Remove them first: keelson restore ${stackFlags(target)} --discard`,
  );
}

/**
 * Renames the database in the server with the app stopped, then brings the stack up with the new name. The settings
 * have it already: from here on until the end every other `up` is refused.
 * @throws Failure that says how things stand
 */
export async function renameDatabase(
  session: Session,
  plan: RenamePlan,
  options: RenameOptions,
  say: Say,
): Promise<void> {
  const { docker, settings, target } = session;
  const of = { docker, settings, stack: target.stack };
  const services = new Services(of, say);
  const project = projectName(target.projectDirectory);
  const release = await takeLock(target.home.state, project, target.stack, say);
  const wasOn = await services.inMaintenance();
  let resumed: boolean;
  try {
    resumed = !(await exchange(of, services, plan, say));
  } catch (error) {
    writeSettings(target.configFile, plan.edited.before);
    await services.start("writers");
    if (!wasOn) await services.maintenance("off");
    throw error;
  } finally {
    await release();
  }
  // The state has recorded the old name: this lets the program record the new one.
  process.env[newDatabaseVariable] = targetOf(plan.identity);
  try {
    await bringUp(await openSession(options, say), { refresh: false }, say);
  } catch (error) {
    throw new Failure(
      `The database has its new name, but the stack does not run with it yet, and is in maintenance: ${messageOf(error)} ` +
        "Set that right and run the same command again.",
    );
  }
  // A run that was killed after the server had the new name has left the app in maintenance.
  if (!wasOn || resumed) await services.maintenance("off");
}

/** False where an earlier run, which was interrupted, has renamed it. */
async function exchange(
  of: Stack,
  services: Services,
  { database }: RenamePlan,
  say: Say,
): Promise<boolean> {
  await refuseDuringDeploy(of, await releasesOf(of, say));
  if (database === undefined || !(await stillOld(of, database))) return false;
  await services.maintenance("on");
  await services.stop("writers");
  await psql(of, renameSql(database));
  return true;
}

function renameRole(role: RoleName, from: string, to: string): string {
  return `ALTER ROLE ${quoted(roleInServer(from, role))} RENAME TO ${quoted(roleInServer(to, role))};`;
}

async function psql({ docker, settings, stack }: Stack, sql: string): Promise<string> {
  const containers = await ourContainers(docker, ...hostNames(settings, stack));
  const server = containers.find(({ workload, running }) => workload === "postgres" && running);
  if (server === undefined) {
    throw new Failure(`The server of ${stack} does not run; run keelson up first.`);
  }
  const result = await superuserPsql(docker, { server: server.id, database: "postgres" }, sql);
  if (result.code === 0) return result.stdout.trim();
  throw new Failure(`The database could not be renamed, nothing was changed: ${tail(result, 3)}`);
}
