import { clearSql } from "#lib/clear-database";
import { tail } from "#lib/run-process";
import { superuserPsql } from "#lib/superuser";
import type { StepContext } from "../step-context.js";
import { asSuperuser } from "./superuser.js";

/**
 * SQL by which the superuser empties a database, at once or not at all. Whoever works on its data is sent away: they
 * would hold locks on it.
 */
export const resetSql = `begin;
select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
    and application_name not like 'keelson: %' and application_name <> 'backup';
${clearSql}
select lo_unlink(oid) from pg_largeobject_metadata;
commit;`;

/** SQL that says how many tables, views and sequences a database has that are no extension's. */
export const countSql = `select count(*) from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where nspname !~ '^pg_' and nspname <> 'information_schema' and relkind in ('r', 'p', 'f', 'v', 'm', 'S')
    and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e');`;

/** State of a database that was to be emptied. */
export interface Emptied {
  /** Undefined where neither the act nor a look at it afterwards says so. */
  readonly isEmpty: boolean | undefined;
  /** The problem, for a sentence; undefined where it is empty. */
  readonly problem?: string;
}

/**
 * Empties a database on a server of ours. Where that fails, the database is looked at: the answer to a commit may be
 * lost, and then all data are.
 */
export async function emptyDatabase(
  context: Pick<StepContext, "docker">,
  where: { readonly server: string; readonly database: string },
): Promise<Emptied> {
  const problem = await asSuperuser(context, where, resetSql);
  if (problem === undefined) return { isEmpty: true };
  const said = `the database could not be emptied: ${problem}`;
  const looked = await superuserPsql(context.docker, where, `${countSql}\n`);
  const count = /^\d+$/.exec(looked.stdout.trim())?.[0];
  if (looked.code !== 0 || count === undefined) {
    return {
      isEmpty: undefined,
      problem: `${said}. WHETHER ITS DATA ARE LOST IS NOT KNOWN: ${tail(looked)}`,
    };
  }
  if (Number(count) === 0) return { isEmpty: true };
  return { isEmpty: false, problem: `${said}. All that was in it is there` };
}
