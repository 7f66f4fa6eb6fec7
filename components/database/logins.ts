import { literal, onlyIf, quoted } from "#lib/sql-text";
import { loginInServer } from "./login-settings.js";
import { roleInServer, type LoginRole } from "./role-names.js";
import { attributes, quiet, rulesOf, type RoleOptions } from "./role-rules.js";

/** A login besides the role itself. */
export interface FurtherLogin {
  readonly role: LoginRole;
  /** From 2. */
  readonly number: number;
  readonly password: string;
}

/**
 * SQL for psql, as superuser, that makes a second login of a role, or makes it what it should be: with the role's
 * attributes and session defaults, as a member of it, and becoming it on login. What it creates is the role's, and
 * what is granted to the role is its own.
 */
export function loginSql(
  database: string,
  { role, number, password }: FurtherLogin,
  options: RoleOptions,
): string {
  const { attributes: own, replicates = false, set } = rulesOf(options)[role];
  const [name, of] = [loginInServer(database, role, number), roleInServer(database, role)];
  const login = quoted(name);
  const becomes = set["role"] === undefined ? of : roleInServer(database, "owner");
  const defaults = { ...set, role: becomes };
  return [
    ...quiet,
    onlyIf(
      `CREATE ROLE ${login}`,
      `NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(name)})`,
    ),
    `ALTER ROLE ${login} ${attributes} ${replicates ? "" : "NO"}REPLICATION ${own} PASSWORD ${literal(password)};`,
    `GRANT ${quoted(of)} TO ${login};`,
    `ALTER ROLE ${login} RESET ALL;`,
    ...Object.entries(defaults).map(
      ([key, value]) => `ALTER ROLE ${login} SET ${key} = ${literal(value)};`,
    ),
    "",
  ].join("\n");
}
