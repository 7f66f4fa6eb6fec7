import {
  loginInServer,
  loginOf,
  passwordResource,
  workingLogins,
} from "#components/database/login-settings";
import { loginSql } from "#components/database/logins";
import { loginRoles, roleInServer, type LoginRole } from "#components/database/role-names";
import { quiet } from "#components/database/role-rules";
import { databasesWithLogins, prefixOf, type DatabaseLogins } from "#config";
import { tail } from "#lib/run-process";
import { literal, quoted } from "#lib/sql-text";
import { superuserPsql } from "#lib/superuser";
import { endLoginsSql } from "#release/logins";
import { Failure } from "../../io/failure.js";
import type { StackOptions } from "../../registrations/command.js";
import { processesOf } from "../../stack/processes.js";
import { openSession } from "../../stack/session.js";
import type { Stack } from "../../stack/stack.js";
import { storedPassword } from "../../stack/stored-password.js";

/** A role as a server has it. */
export interface FoundRole {
  readonly name: string;
  readonly logsIn: boolean;
}

/**
 * Gives the roles in data that were restored the logins that the stack has now: those of then may have ended since, and
 * what runs has others. Asks the state for passwords only where one has ever been rotated. @throws Failure
 */
export async function presentLogins(of: Stack, options: StackOptions): Promise<void> {
  const all = databasesWithLogins(of.settings);
  const server = (await processesOf(of.docker, of.settings, of.stack)).find(
    ({ workload, running }) => workload === "postgres" && running,
  );
  if (server === undefined) throw new Failure(`The database server of ${of.stack} does not run.`);
  const run = async (database: string, sql: string) => {
    const result = await superuserPsql(of.docker, { server: server.id, database }, sql);
    if (result.code === 0) return result.stdout;
    throw new Failure(`The logins that the stack has now could not be made: ${tail(result, 3)}`);
  };
  const found = foundRoles(await run("postgres", rolesSql(all)));
  if (neverRotated(all, found)) return;
  const session = await openSession(options, () => undefined, {
    readOnly: true,
    secrets: "unused",
  });
  for (const each of all) {
    const there = loginRoles.filter((role) =>
      found.some(({ name }) => name === roleInServer(each.database, role)),
    );
    if (there.length === 0) continue;
    const parts = there.map(async (role) => {
      const numbers = workingLogins(loginOf(each.logins, role));
      const passwords = numbers.map(async (number) => {
        const component = `${prefixOf(of.settings, of.stack)}-${each.resource}`;
        const resource = passwordResource(component, role, number);
        const value = await storedPassword(session.runner, resource);
        if (value !== undefined) return [number, value] as const;
        throw new Failure(`The state of ${of.stack} has no ${resource}; run keelson up first.`);
      });
      return presentSql(each, role, await Promise.all(passwords));
    });
    await run(each.database, (await Promise.all(parts)).join("\n"));
  }
}

/** SQL that says which logins the roles of databases have: a line `<name> <t or f>` each. */
export function rolesSql(all: readonly DatabaseLogins[]): string {
  const names = all.map(({ database }) => database).join("|");
  const pattern = `^(${names})_(${loginRoles.join("|")})(_[0-9]+)?$`;
  return `SELECT rolname || ' ' || rolcanlogin::text FROM pg_roles WHERE rolname ~ ${literal(pattern)};\n`;
}

/** True where neither the settings nor the data know another login of a role than itself. */
export function neverRotated(all: readonly DatabaseLogins[], found: readonly FoundRole[]): boolean {
  const now = all.flatMap(({ logins }) => Object.values(logins));
  return (
    now.every(({ rotation }) => rotation === 1) &&
    found.every(({ name, logsIn }) => logsIn && !/_[0-9]+$/.test(name))
  );
}

/** SQL, as superuser in the role's database, after which it has the logins of now and no other. */
export function presentSql(
  { database, roles }: DatabaseLogins,
  role: LoginRole,
  passwords: readonly (readonly [number: number, password: string])[],
): string {
  const own = roleInServer(database, role);
  return [
    ...quiet,
    ...passwords.map(([number, password]) =>
      number === 1
        ? `ALTER ROLE ${quoted(own)} LOGIN PASSWORD ${literal(password)};`
        : loginSql(database, { role, number, password }, roles),
    ),
    endLoginsSql({
      role: own,
      owner: roleInServer(database, "owner"),
      kept: passwords.map(([number]) => loginInServer(database, role, number)),
    }),
  ].join("\n");
}

function foundRoles(printed: string): FoundRole[] {
  return printed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", logsIn] = line.split(" ");
      return { name, logsIn: logsIn === "true" };
    });
}
