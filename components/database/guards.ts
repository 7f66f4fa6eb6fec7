import { newDatabaseVariable } from "#lib/platform";
import { literal, quoted } from "#lib/sql-text";

/**
 * A server that has a stack's database gets no empty one besides, unless that is allowed: a restore to before a rename,
 * or data that were kept when a stack was destroyed, have the database under another name than the settings.
 */
export function refuseSecond(database: string): string[] {
  const advice = `: no empty one is made. Set database.name to a name that is there, or allow it (${newDatabaseVariable})`;
  const message = `'the server has the database ' || string_agg(datname, ', ') || ${literal(`, but none called ${database}${advice}`)}`;
  return [
    `\\getenv allowed ${newDatabaseVariable}`,
    "\\if :{?allowed}",
    "\\else",
    "\\set allowed ''",
    "\\endif",
    `SELECT format('DO $keelson$ BEGIN RAISE EXCEPTION USING MESSAGE = %L; END $keelson$', ${message}) ` +
      "FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba WHERE rolname = datname || '_owner' " +
      `AND NOT EXISTS (SELECT FROM pg_database WHERE datname = ${literal(database)}) ` +
      `AND split_part(:'allowed', '/', 2) <> ${literal(database)} HAVING count(*) > 0 \\gexec`,
  ];
}

/** Returns the comment that tells in the server which further database one is, whatever its name. */
function markOf(further: string): string {
  return `keelson: database.more.${further}`;
}

/** Marks a further database in the server. */
export function mark(database: string, further: string): string {
  return `COMMENT ON DATABASE ${quoted(database)} IS ${literal(markOf(further))};`;
}

/** A further database gets no empty one besides, where the server has it under another name. */
export function refuseMoved(database: string, further: string): string[] {
  const setting = `database.more.${further}`;
  const message =
    `'the server has the database ' || datname || ` +
    `${literal(` for ${setting}, but none called ${database}: no empty one is made. Set ${setting}.name to `)} || datname`;
  return [
    `SELECT format('DO $keelson$ BEGIN RAISE EXCEPTION USING MESSAGE = %L; END $keelson$', ${message}) ` +
      `FROM pg_database WHERE shobj_description(oid, 'pg_database') = ${literal(markOf(further))} ` +
      `AND datname <> ${literal(database)} ` +
      `AND NOT EXISTS (SELECT FROM pg_database WHERE datname = ${literal(database)}) LIMIT 1 \\gexec`,
  ];
}
