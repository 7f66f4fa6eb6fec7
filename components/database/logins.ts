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
    copyDefaults(of, name),
    ...Object.entries(defaults).map(
      ([key, value]) => `ALTER ROLE ${login} SET ${key} = ${literal(value)};`,
    ),
    "",
  ].join("\n");
}

/** Settings whose value is a list of names, which would be one name as a literal. */
const lists = [
  "search_path",
  "temp_tablespaces",
  "session_preload_libraries",
  "local_preload_libraries",
];

/**
 * Returns a statement that gives a login the session defaults that somebody has set for the role, such as a `search_path` in
 * the database: a membership does not pass them on. Values are the role's own to choose, so none of them is read as SQL.
 */
function copyDefaults(role: string, login: string): string {
  const scope = "CASE WHEN datname IS NULL THEN '' ELSE format('IN DATABASE %I', datname) END";
  const value = "CASE WHEN list THEN 'FROM CURRENT' ELSE 'TO ' || quote_literal(value) END";
  return [
    "SELECT CASE WHEN list THEN format('SELECT set_config(%L, %L, false)', key, value) END,",
    `format('ALTER ROLE %I %s SET %I %s', ${literal(login)}, ${scope}, key, ${value}),`,
    "CASE WHEN list THEN format('RESET %I', key) END",
    "FROM pg_db_role_setting JOIN pg_roles ON pg_roles.oid = setrole LEFT JOIN pg_database ON pg_database.oid = setdatabase,",
    "unnest(setconfig) AS setting,",
    "LATERAL (SELECT split_part(setting, '=', 1) AS key, substr(setting, strpos(setting, '=') + 1) AS value) AS parts,",
    `LATERAL (SELECT key IN (${lists.map(literal).join(", ")}) AS list) AS kinds`,
    `WHERE rolname = ${literal(role)} AND key <> 'role' \\gexec`,
  ].join(" ");
}
