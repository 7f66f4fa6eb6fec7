import { loginProblems, type LoginsSettings } from "#components/database/login-settings";
import type { RoleOptions } from "#components/database/role-rules";
import { roleOptions } from "#components/database/settings";
import { seconds } from "#lib/duration";
import { problem } from "#lib/settings";
import { furtherDatabases, nameOfDatabase } from "./database-name.js";
import type { Settings } from "./settings.js";

/** A database of the stack's server, with the logins of its roles. */
export interface DatabaseLogins {
  /** Its settings: `database`, or `database.more.<name>`. */
  readonly path: string;
  /** Last part of its component's name. */
  readonly resource: string;
  /** Name in the server. */
  readonly database: string;
  readonly logins: LoginsSettings;
  readonly roles: RoleOptions;
}

/** The stack's databases, its own first. */
export function databasesWithLogins(
  settings: Pick<Settings, "app" | "database" | "environment" | "postgres">,
): [DatabaseLogins, ...DatabaseLogins[]] {
  const { logins, ownsSchema } = settings.database;
  const own = {
    path: "database",
    resource: "database",
    database: nameOfDatabase(settings),
    logins,
    roles: rolesOf(settings, ownsSchema),
  };
  const further = furtherDatabases(settings).map((of) => ({
    path: `database.more.${of.key}`,
    resource: `database-${of.key}`,
    database: of.name,
    logins: of.logins,
    roles: rolesOf(settings, of.ownsSchema),
  }));
  return [own, ...further];
}

/** Options of the roles of a database. @param ownsSchema the app makes its tables itself */
export function rolesOf(
  { app, database: { timeouts }, postgres }: Pick<Settings, "app" | "database" | "postgres">,
  ownsSchema: boolean,
): RoleOptions {
  return roleOptions({ timeouts, ownsSchema }, lockTimeoutOf({ app }), postgres.logicalReplication);
}

/** Returns what is wrong with the logins, a line each. */
export function databaseLoginProblems(settings: Settings): string[] {
  const all = databasesWithLogins(settings);
  if (settings.database.externalUrlSecret === undefined) {
    return all.flatMap(({ logins, database, path }) =>
      loginProblems(logins, database, `${path}.logins`),
    );
  }
  const advice = "remove it, and change the password in that server";
  return Object.entries(settings.database.logins).flatMap(([role, { rotation }]) =>
    rotation === 1
      ? []
      : [problem(`database.logins.${role}`, "is set, and the database is external", advice)],
  );
}

/** The longest wait of the migrator for a lock, as PostgreSQL writes it; 0 is for ever. */
function lockTimeoutOf({ app }: Pick<Settings, "app">): string {
  const timeout = app.migrate === undefined ? "5s" : app.migrate.lockTimeout;
  return timeout === null ? "0" : `${String(seconds(timeout))}s`;
}
