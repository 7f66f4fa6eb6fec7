import { clearSql } from "#lib/clear-database";

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
