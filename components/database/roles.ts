import { ofPackage } from "#lib/package-root";
import { literal, onlyIf, quoted } from "#lib/sql-text";
import { readFileSync } from "node:fs";
import { mark, refuseMoved, refuseSecond } from "./guards.js";
import {
  furtherRoles,
  roleInServer,
  roleNames,
  type LoginRole,
  type RoleName,
} from "./role-names.js";
import { attributes, quiet, reserved, rulesOf, type RoleOptions } from "./role-rules.js";

/** Run after each migration too, by the jobs image. */
const rightsFile = ofPackage("images", "jobs", "rights.sql");

/**
 * SQL for psql, as superuser, that makes the roles and the database what they should be, from whatever they are:
 * it may run again after a kill, and finds the database of a data volume that was kept.
 *
 * @param passwords of the roles that log in themselves; one without a password is left as it is: its logins are others
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
    const password = role === "owner" ? undefined : passwords[role];
    const login =
      password === undefined ? own.replace(/^LOGIN ?/, "") : `${own} PASSWORD ${literal(password)}`;
    return [
      onlyIf(
        `CREATE ROLE ${name(role)}`,
        `NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(roleInServer(database, role))})`,
      ),
      `ALTER ROLE ${[name(role), attributes, `${replicates ? "" : "NO"}REPLICATION`, login].join(" ").trimEnd()};`,
      ...memberOf.map((group) => grant(name(group), name(role), group)),
      `ALTER ROLE ${name(role)} RESET ALL;`,
      ...Object.entries(set).map(
        ([key, value]) =>
          `ALTER ROLE ${name(role)} SET ${key} = ${literal(key === "role" ? roleInServer(database, "owner") : value)};`,
      ),
    ];
  });
  return [
    ...quiet,
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

function grant(group: string, role: string, name: string): string {
  const statement = `GRANT ${group} TO ${role}`;
  return name === reserved
    ? onlyIf(statement, `EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(reserved)})`)
    : `${statement};`;
}

function isRole(text: string): text is RoleName {
  return (roleNames as readonly string[]).includes(text);
}
