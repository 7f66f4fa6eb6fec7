import { ofPackage } from "#lib/package-root";
import { readFileSync } from "node:fs";
import { mark, refuseMoved, refuseSecond } from "./guards.js";
import { literal, onlyIf, quoted } from "./sql-text.js";

/** The roles of a database and what each may do. `owner` owns every object and cannot log in. */
export const roleNames = ["owner", "migrator", "app", "readonly", "backup", "monitor"] as const;
export type RoleName = (typeof roleNames)[number];
/** Roles that log in, so have a password. */
export type LoginRole = Exclude<RoleName, "owner">;
export const loginRoles: readonly LoginRole[] = roleNames.filter((each) => each !== "owner");

interface RoleRule {
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
const reserved = "pg_use_reserved_connections";
// Large objects have rights of their own, which no default privileges and no membership in pg_read_all_data give. With
// this, roles that may read, or read and write, every table may do so with every large object, whoever made it.
const everyLargeObject = { lo_compat_privileges: "on" };

function rulesOf(options: RoleOptions): Record<RoleName, RoleRule> {
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

const attributes = "NOSUPERUSER NOCREATEDB NOCREATEROLE";
/** Run after each migration too, by the jobs image. */
const rightsFile = ofPackage("images", "jobs", "rights.sql");

/** Roles that a further database has: the stack's own database has the others for the whole server. */
export const furtherRoles: readonly RoleName[] = ["owner", "migrator", "app", "readonly"];

/** The name of a role in the server: roles belong to the server, so they carry the database's name. */
export function roleInServer(database: string, role: RoleName): string {
  return `${database}_${role}`;
}

/**
 * SQL for psql, as superuser, that makes the roles and the database what they should be, from whatever they are:
 * it may run again after a kill, and finds the database of a data volume that was kept.
 *
 * @param further name in the settings of a further database, which has no roles for backups and figures of its own
 */
export function ensureSql(
  database: string,
  passwords: Readonly<Partial<Record<LoginRole, string>>>,
  options: RoleOptions,
  further?: string,
): string {
  const rules = rulesOf(options);
  const name = (role: string) =>
    isRole(role) ? quoted(roleInServer(database, role)) : quoted(role);
  const roles = (further === undefined ? roleNames : furtherRoles).flatMap((role) => {
    const { attributes: own, replicates = false, memberOf, set } = rules[role];
    const password = role === "owner" ? "" : ` PASSWORD ${literal(passwords[role] ?? "")}`;
    return [
      onlyIf(
        `CREATE ROLE ${name(role)}`,
        `NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(roleInServer(database, role))})`,
      ),
      `ALTER ROLE ${name(role)} ${attributes} ${replicates ? "" : "NO"}REPLICATION ${own}${password};`,
      ...memberOf.map((group) => grant(name(group), name(role), group)),
      `ALTER ROLE ${name(role)} RESET ALL;`,
      ...Object.entries(set).map(
        ([key, value]) =>
          `ALTER ROLE ${name(role)} SET ${key} = ${literal(key === "role" ? roleInServer(database, "owner") : value)};`,
      ),
    ];
  });
  return [
    "\\set ON_ERROR_STOP on",
    // Passwords stand in these statements: none of them may be logged, not even a failing one.
    "SET log_statement = 'none'; SET log_min_error_statement = 'panic'; SET log_min_duration_statement = -1;",
    ...(further === undefined ? refuseSecond(database) : refuseMoved(database, further)),
    ...roles,
    onlyIf(
      `CREATE DATABASE ${quoted(database)} OWNER ${name("owner")} TEMPLATE template0`,
      `NOT EXISTS (SELECT FROM pg_database WHERE datname = ${literal(database)})`,
    ),
    `ALTER DATABASE ${quoted(database)} OWNER TO ${name("owner")};`,
    ...(further === undefined ? physicalBackupRights(name("backup")) : [mark(database, further)]),
    ...(options.ownsSchema ? [] : [noOwner(database)]),
    ...rightsWithin(database),
    "",
  ].join("\n");
}

/**
 * Returns the rights of a physical backup in the database `postgres`, to which pgBackRest connects; and the heartbeat there, the
 * one thing that the backup role may write: a schema in the app's database would be in its dumps.
 */
function physicalBackupRights(role: string): string[] {
  const functions = [
    "pg_backup_start(text, boolean)",
    "pg_backup_stop(boolean)",
    "pg_switch_wal()",
    "pg_create_restore_point(text)",
  ];
  return [
    ...functions.map((each) => `GRANT EXECUTE ON FUNCTION pg_catalog.${each} TO ${role};`),
    "CREATE SCHEMA IF NOT EXISTS keelson;",
    "CREATE TABLE IF NOT EXISTS keelson.heartbeat " +
      "(id smallint PRIMARY KEY CHECK (id = 1), at timestamptz NOT NULL);",
    `GRANT USAGE ON SCHEMA keelson TO ${role};`,
    `GRANT SELECT, INSERT, UPDATE ON keelson.heartbeat TO ${role};`,
  ];
}

/** Returns the statement that gives the owner tables that the app made itself before. */
function noOwner(database: string): string {
  const [owner, app] = [roleInServer(database, "owner"), roleInServer(database, "app")];
  return onlyIf(
    `REVOKE ${quoted(owner)} FROM ${quoted(app)}`,
    `EXISTS (SELECT FROM pg_auth_members WHERE roleid = ${literal(owner)}::regrole AND member = ${literal(app)}::regrole)`,
  );
}

/** Rights on what is in the database, and on what will be made there. */
function rightsWithin(database: string): string[] {
  return [
    `\\connect ${quoted(database)}`,
    // A table that is in use for long makes this fail rather than wait, with everybody waiting behind it.
    "SET lock_timeout = '10s';",
    `SET keelson.database = ${literal(database)};`,
    readFileSync(rightsFile, "utf8").trimEnd(),
  ];
}

/** PostgreSQL 15 has no connections that are reserved for a role. */
function grant(group: string, role: string, name: string): string {
  const statement = `GRANT ${group} TO ${role}`;
  return name === reserved
    ? onlyIf(statement, `EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(reserved)})`)
    : `${statement};`;
}

function isRole(text: string): text is RoleName {
  return (roleNames as readonly string[]).includes(text);
}
