import { literal } from "#lib/sql-text";

/** Second logins of a role in the server: `<role>_<number>`. */
export interface LoginsOfRole {
  readonly role: string;
  /** Role that owns everything in the database. */
  readonly owner: string;
}

/** Logins that end: one of them, or all of the role's, itself among them, but those that are kept. */
export type EndingLogins = LoginsOfRole &
  ({ readonly login: string } | { readonly kept: readonly string[] });

/**
 * SQL for psql, as superuser in the roles' database, after which logins do not log in any more, nor go on with a session.
 * A second login is removed: what a session that had reset its role has made is the owner's then. One that owns
 * something in another database stays, without a password. It may run again, and where there are none.
 */
export function endLoginsSql(ending: EndingLogins): string {
  const among = "login" in ending ? isOne(ending.login) : isNoneOf(ending, ending.kept);
  const second = `${among} AND rolname <> ${literal(ending.role)}`;
  return [
    "SET lock_timeout = '10s';",
    each("ALTER ROLE %I NOLOGIN PASSWORD NULL", among),
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity JOIN pg_roles ON rolname = usename WHERE ${among} \\g /dev/null`,
    each(`REASSIGN OWNED BY %I TO "${ending.owner}"`, second),
    each("DROP OWNED BY %I", second),
    each(
      "DROP ROLE %I",
      `${second} AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = pg_roles.oid)`,
    ),
    "",
  ].join("\n");
}

/** SQL that gives the owner of a database what sessions of second logins have made that had reset their role. */
export function reassignSql(of: readonly LoginsOfRole[]): string {
  const all = of.map(({ role, owner }) =>
    each(`REASSIGN OWNED BY %I TO "${owner}"`, isSecond(role)),
  );
  return ["SET lock_timeout = '10s';", ...all].join("\n");
}

/** A statement for each role of which a condition holds. */
function each(statement: string, condition: string): string {
  return `SELECT format(${literal(statement)}, rolname) FROM pg_roles WHERE ${condition} \\gexec`;
}

function isOne(login: string): string {
  return `rolname = ${literal(login)}`;
}

function isNoneOf({ role }: LoginsOfRole, kept: readonly string[]): string {
  const all = `(rolname = ${literal(role)} OR ${isSecond(role)})`;
  return [all, ...kept.map((login) => `rolname <> ${literal(login)}`)].join(" AND ");
}

function isSecond(role: string): string {
  return `rolname ~ ${literal(`^${role}_[0-9]+$`)}`;
}
