import { loginInServer, loginOf } from "#components/database/login-settings";
import { loginRoles } from "#components/database/role-names";
import { databasesWithLogins, type DatabaseLogins, type Settings } from "#config";
import { dockerAt } from "#lib/docker";
import { tail } from "#lib/run-process";
import { literal } from "#lib/sql-text";
import { superuserPsql } from "#lib/superuser";
import { Failure } from "../../io/failure.js";
import { stackFlags } from "../../project/target.js";
import type { SecretsRotateOptions } from "../../registrations/secrets.js";
import { processesOf } from "../../stack/processes.js";
import { turned, type Turn } from "./turn.js";

/** True for the login of a database's role, such as `database.app`, which no secret may be called. */
export function isLoginName(name: string): boolean {
  return name.startsWith("database.");
}

/** The next rotation of the login of a role: `database.<role>` or `database.more.<name>.<role>`. @throws Failure */
export function loginTurn(name: string, settings: Settings, options: SecretsRotateOptions): Turn {
  const { role, of } = roleOf(name, settings);
  const now = loginOf(of.logins, role);
  const nameOf = (number: number) => loginInServer(of.database, role, number);
  const finish = `keelson secrets rotate ${name} --finish ${stackFlags(options)}`;
  const wanted = turned(now, options.finish, {
    nothing: `${name} has one login, ${nameOf(now.rotation)}: there is nothing to finish.`,
    under: `${nameOf(now.rotation - 1)} still works, and would end while it may be in use; run ${finish} first.`,
  });
  const [live, before] = [nameOf(wanted.rotation), nameOf(wanted.rotation - 1)];
  const turn = { path: [...pathOf(of), role] as Turn["path"], wanted, what: "login" };
  if (wanted.previous) {
    const done = `${name} has a new login, ${live}, and ${before} goes on working. Once nothing uses that any more: ${finish}`;
    return { ...turn, done };
  }
  return {
    ...turn,
    done: `${name} has one login, ${live}; ${before} has ended.`,
    before: () => refuseInUse(settings, options, { name, of, login: before }),
  };
}

function roleOf(name: string, settings: Settings) {
  const { externalUrlSecret } = settings.database;
  if (externalUrlSecret !== undefined) {
    throw new Failure(
      `${name}: the database is external; change the password there, give ${externalUrlSecret} its new URL, then run keelson up.`,
    );
  }
  const [path, last] = [name.slice(0, name.lastIndexOf(".")), name.split(".").at(-1)];
  const of = databasesWithLogins(settings).find((each) => each.path === path);
  const has = (each: DatabaseLogins) =>
    loginRoles.filter((role) => each.logins[role] !== undefined);
  if (last === "owner" && of !== undefined) {
    throw new Failure(`${name} can't log in: rotate ${path}.migrator, which becomes it on login.`);
  }
  const role = of && has(of).find((each) => each === last);
  if (of !== undefined && role !== undefined) return { of, role };
  const known = databasesWithLogins(settings).flatMap((each) =>
    has(each).map((one) => `${each.path}.${one}`),
  );
  throw new Failure(`There is no login ${name}: there is ${known.join(", ")}.`);
}

function pathOf({ path }: DatabaseLogins): readonly [string, ...string[]] {
  const [section = "", ...keys] = path.split(".");
  return [section, ...keys, "logins"];
}

/** SQL that says which sessions a login has. */
export function sessionsSql(login: string): string {
  return (
    "SELECT format('%s (pid %s, %s, since %s UTC)', coalesce(nullif(application_name, ''), 'no application name'), pid, " +
    "coalesce(host(client_addr), 'local'), to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')) " +
    `FROM pg_stat_activity WHERE usename = ${literal(login)} ORDER BY backend_start LIMIT 5;\n`
  );
}

/** Refuses to end a login with sessions, which would lose them. @throws Failure; nothing has been changed */
async function refuseInUse(
  settings: Settings,
  options: SecretsRotateOptions,
  {
    name,
    of,
    login,
  }: { readonly name: string; readonly of: DatabaseLogins; readonly login: string },
): Promise<void> {
  const docker = dockerAt(settings.docker.host);
  const all = await processesOf(docker, settings, options.stack);
  const server = all.find(({ workload, running }) => workload === "postgres" && running);
  if (server === undefined) {
    throw new Failure(`The database server of ${options.stack} does not run; run keelson up.`);
  }
  const at = { server: server.id, database: of.database };
  const result = await superuserPsql(docker, at, sessionsSql(login));
  if (result.code !== 0)
    throw new Failure(`${name}: who uses ${login} can't be read: ${tail(result)}`);
  const sessions = result.stdout.split("\n").filter((line) => line !== "");
  if (sessions.length === 0) return;
  throw new Failure(
    `${name}: ${login} is in use by ${sessions.join(", ")}; nothing was changed. See to it that they end, then run it again; ` +
      `keelson psql ${stackFlags(options)} --as superuser -- -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${login}'" ends them.`,
  );
}
