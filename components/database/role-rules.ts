import type { RoleName } from "./role-names.js";

/** Rights of a role, and the defaults of its sessions. */
export interface RoleRule {
  readonly attributes: string;
  readonly replicates?: boolean;
  /** Roles it is a member of; `owner` is the database's own. */
  readonly memberOf: readonly string[];
  /** Its session defaults. */
  readonly set: Readonly<Record<string, string>>;
}

/** Options of the roles; times as PostgreSQL writes them, 0 for none. */
export interface RoleOptions {
  /** The longest wait of the migrator's statements for a lock. */
  readonly migratorLockTimeout: string;
  readonly statementTimeout: string;
  readonly idleInTransactionTimeout: string;
  /** The longest wait of the app's statements for a lock. */
  readonly lockTimeout: string;
  /** Of the role `readonly`. */
  readonly readonlyStatementTimeout: string;
  /** The app makes its tables itself: it becomes the owner on login, as the migrator does. */
  readonly ownsSchema: boolean;
  /** The app may create and read replication slots. */
  readonly replication: boolean;
}

const untimed = { statement_timeout: "0", idle_in_transaction_session_timeout: "0" };
/** PostgreSQL 15 has no connections that are reserved for a role. */
export const reserved = "pg_use_reserved_connections";
// Large objects have rights of their own, which no default privileges and no membership in pg_read_all_data give. With
// this, roles that may read, or read and write, every table may do so with every large object, whoever made it.
const everyLargeObject = { lo_compat_privileges: "on" };

/** The rules of the roles of a database. */
export function rulesOf(options: RoleOptions): Record<RoleName, RoleRule> {
  return {
    owner: { attributes: "NOLOGIN", memberOf: [], set: {} },
    // It becomes the owner on login, so that what it creates is the owner's and the default privileges apply.
    migrator: {
      attributes: "LOGIN",
      // It tells who holds a lock that it waits for.
      memberOf: ["owner", reserved, "pg_read_all_stats"],
      set: {
        ...untimed,
        ...everyLargeObject,
        role: "owner",
        lock_timeout: options.migratorLockTimeout,
      },
    },
    app: appRule(options),
    readonly: {
      attributes: "LOGIN",
      memberOf: [],
      set: {
        statement_timeout: options.readonlyStatementTimeout,
        default_transaction_read_only: "on",
      },
    },
    backup: {
      attributes: "LOGIN BYPASSRLS",
      // The last two are what pgBackRest needs in addition to the functions in `physicalBackupRights`.
      memberOf: ["pg_read_all_data", reserved, "pg_read_all_settings", "pg_checkpoint"],
      set: { ...untimed, ...everyLargeObject, default_transaction_read_only: "on" },
    },
    monitor: { attributes: "LOGIN", memberOf: ["pg_monitor", reserved], set: {} },
  };
}

function appRule(options: RoleOptions): RoleRule {
  return {
    attributes: "LOGIN",
    replicates: options.replication,
    memberOf: options.ownsSchema ? ["owner"] : [],
    set: {
      statement_timeout: options.statementTimeout,
      idle_in_transaction_session_timeout: options.idleInTransactionTimeout,
      ...everyLargeObject,
      ...(options.lockTimeout === "0" ? {} : { lock_timeout: options.lockTimeout }),
      ...(options.ownsSchema ? { role: "owner" } : {}),
    },
  };
}

/** Attributes of every role. */
export const attributes = "NOSUPERUSER NOCREATEDB NOCREATEROLE";

/** The first lines of SQL with passwords in it: none of its statements may be logged, not even a failing one. */
export const quiet: readonly string[] = [
  "\\set ON_ERROR_STOP on",
  "SET log_statement = 'none'; SET log_min_error_statement = 'panic'; SET log_min_duration_statement = -1;",
];
