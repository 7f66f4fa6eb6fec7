import { z } from "zod";
import { duration, seconds } from "#lib/duration";
import { secretName, sqlIdentifier } from "#lib/identifiers";
import { problemText } from "#lib/settings";
import { extension } from "./extension.js";
import { loginsSettings } from "./login-settings.js";
import { furtherDatabases } from "./more.js";
import type { RoleOptions } from "./role-rules.js";

const timeouts = z.strictObject({
  statement: duration
    .nullable()
    .default("30s")
    .describe(
      "How long a statement of the app may run; null: no limit. A session may set its own.",
    ),
  idleInTransaction: duration
    .nullable()
    .default("60s")
    .describe("How long a transaction of the app may stay idle; null: no limit."),
  lock: duration
    .nullable()
    .default(null)
    .describe("How long a statement of the app may wait for a lock; null: no limit."),
  readonlyStatement: duration
    .nullable()
    .default("30s")
    .describe("How long a statement of the role `readonly` may run; null: no limit."),
});

/** The database of a stack. */
export const databaseSettings = z.strictObject({
  name: sqlIdentifier.optional().describe("Name of the database; default: `<app>_<environment>`."),
  extensions: z.array(extension).default([]).describe("Extensions to create, such as `pg_trgm`."),
  ownsSchema: z
    .boolean()
    .default(false)
    .describe(
      "The app's role may create, alter and drop tables and schemas, as the migrator may: for apps that make their tables themselves at start.",
    ),
  timeouts: timeouts.prefault({}).describe("Time limits of the roles of the app and of readers."),
  externalUrlSecret: secretName
    .optional()
    .describe(
      "Name of a secret with the URL of an external database: Keelson then runs no Postgres. Its backups are dumps: no physical backups, and no point in time.",
    ),
  backupUrlSecret: secretName
    .optional()
    .describe(
      "Name of a secret with the URL by which an external database is dumped: of a role that may read everything, and past a pooler. Default: that of `externalUrlSecret`.",
    ),
  excludeFromDumps: z
    .array(
      z
        .string()
        .regex(
          /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/,
          problemText("is neither a schema nor a table", "write it as vault or storage.migrations"),
        ),
    )
    .default([])
    .describe(
      "Schemas, and tables as `schema.table`, of an external database that are its provider's own, and that nobody but the provider may read: left out of dumps, and lost with the server.",
    ),
  maxConnections: z
    .int()
    .min(2)
    .optional()
    .describe(
      "Connections that an external database, or the pooler in front of it, leaves to this stack: `check` compares the pools with it.",
    ),
  more: furtherDatabases
    .prefault({})
    .describe(
      "Further databases in the stack's server, by name: each with an owner, a migrator, an app's and a reader's role, its URL in a variable, and its place in all backups.",
    ),
  logins: loginsSettings.describe(
    "Logins of the database's roles, by role; each role has one until its password is rotated.",
  ),
  caSecret: secretName
    .optional()
    .describe(
      "Name of a secret with the certificates (PEM) of the authorities that an external database's own is from. Keelson's own connections use it; `app.variables.databaseCa` hands it to the app. Without it the system's authorities count.",
    ),
});
export type DatabaseSettings = z.output<typeof databaseSettings>;

/** Returns the roles' options of the settings. */
export function roleOptions(
  { timeouts: limits, ownsSchema }: Pick<DatabaseSettings, "timeouts" | "ownsSchema">,
  migratorLockTimeout: string,
  replication: boolean,
): RoleOptions {
  return {
    migratorLockTimeout,
    statementTimeout: limit(limits.statement),
    idleInTransactionTimeout: limit(limits.idleInTransaction),
    lockTimeout: limit(limits.lock),
    readonlyStatementTimeout: limit(limits.readonlyStatement),
    ownsSchema,
    replication,
  };
}

/** As PostgreSQL writes it: 0 is none. */
function limit(time: string | null): string {
  return time === null ? "0" : `${String(seconds(time))}s`;
}
