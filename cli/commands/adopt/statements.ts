import { literal, quoted } from "#lib/sql-text";

/** Name of an adoption's publication, slot and subscription, all three: of a stack, and of its copy's id. */
export function adoptionName(prefix: string, id: string): string {
  return `${namesOfStack(prefix)}${id}`;
}

/** First part of the names of all adoptions of a stack. */
export function namesOfStack(prefix: string): string {
  // What a slot's name may have, and 63 characters at most.
  return `keelson_adopt_${prefix.replaceAll(/[^a-z0-9_]/g, "_").slice(0, 30)}_`;
}

/** Tables by name, as PostgreSQL quotes them. */
export function publishSql(name: string, tables: readonly string[]): string {
  // Each partition is one of its own: both sides have the same ones.
  const those = tables.length === 0 ? "" : ` FOR TABLE ONLY ${tables.join(", ONLY ")}`;
  return `CREATE PUBLICATION ${quoted(name)}${those};`;
}

/** Its statement has the old server's password in it: it is in no log, whatever the server logs. */
export function subscribeSql(name: string, connection: string): string {
  return [
    "SET log_statement = none;",
    "SET log_min_duration_statement = -1;",
    "SET log_min_error_statement = panic;",
    `CREATE SUBSCRIPTION ${quoted(name)} CONNECTION ${literal(connection)} PUBLICATION ${quoted(name)} WITH (slot_name = ${literal(name)});`,
  ].join("\n");
}

/** Ends a subscription and its slot there. @param reachable false: the old server does not answer, and its slot stays */
export function unsubscribeSql(name: string, reachable: boolean): string {
  const alter = `ALTER SUBSCRIPTION ${quoted(name)}`;
  const alone = reachable ? [] : [`${alter} DISABLE;`, `${alter} SET (slot_name = NONE);`];
  return [...alone, `DROP SUBSCRIPTION IF EXISTS ${quoted(name)};`].join("\n");
}

/** Removes from the old server what an adoption has there: its publication, and slots that nobody reads any more. */
export function cleanSql(name: string): string {
  return [
    `DROP PUBLICATION IF EXISTS ${quoted(name)};`,
    `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = ${literal(name)} AND active \\g /dev/null`,
    `DO $$ BEGIN FOR i IN 1..100 LOOP EXIT WHEN NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = ${literal(name)} AND active); PERFORM pg_sleep(0.1); END LOOP; END $$;`,
    `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ${literal(name)} \\g /dev/null`,
  ].join("\n");
}

/** From here on every session there that does not ask for more may only read. @param database the old one */
export function pauseSql(database: string): string {
  return `ALTER DATABASE ${quoted(database)} SET default_transaction_read_only = on;`;
}

/** Lets the old database be written to again. */
export function resumeSql(database: string): string {
  return `ALTER DATABASE ${quoted(database)} RESET default_transaction_read_only;`;
}

/**
 * Ends the sessions that began before the pause, which may still write, and waits until none is left: 20 s at most.
 * What is written there by then is all there is.
 */
export const endSessionsSql = `DO $$
DECLARE paused timestamptz := clock_timestamp();
BEGIN
  FOR i IN 1..200 LOOP
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
      AND backend_type = 'client backend' AND backend_start < paused AND pid <> pg_backend_pid();
    EXIT WHEN NOT FOUND;
    PERFORM pg_sleep(0.1), pg_stat_clear_snapshot();
    IF i = 200 THEN RAISE EXCEPTION 'sessions do not end: %', (SELECT string_agg(format('%s (%s)', pid, usename), ', ')
      FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
        AND backend_start < paused AND pid <> pg_backend_pid()); END IF;
  END LOOP;
END $$;`;

/** Waits until the copy has all that was written there until now. @param seconds after which it gives up */
export function appliedSql(name: string, seconds: number): string {
  return `DO $$
DECLARE until_here pg_lsn := pg_current_wal_insert_lsn(); confirmed pg_lsn;
BEGIN
  FOR i IN 1..${String(seconds * 20)} LOOP
    SELECT confirmed_flush_lsn INTO confirmed FROM pg_replication_slots WHERE slot_name = ${literal(name)};
    IF confirmed IS NULL THEN RAISE EXCEPTION 'there is no slot ${name}'; END IF;
    IF confirmed >= until_here THEN RETURN; END IF;
    PERFORM pg_sleep(0.05);
  END LOOP;
  RAISE EXCEPTION 'the copy has not caught up within ${String(seconds)} s: it has what was written until %, and there is more until %', confirmed, until_here;
END $$;`;
}

/** Prints statements that give sequences the values that they have there. @param sequences names, quoted */
export function sequencesSql(sequences: readonly string[]): string {
  return sequences
    .map(
      (name) =>
        `SELECT format('SELECT pg_catalog.setval(%L, %s, %L) \\g /dev/null', ${literal(name)}, last_value, is_called) FROM ${name};`,
    )
    .join("\n");
}

/** Fills materialized views, in the order in which they were made. */
export const refreshSql = `SELECT format('REFRESH MATERIALIZED VIEW %I.%I;', n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' ORDER BY c.oid \\gexec
`;

/** Asks for the progress of the copy, as JSON. @param name of its subscription */
export function copiedSql(name: string): string {
  return `SELECT json_build_object('subscribed', s.oid IS NOT NULL,
    'tables', (SELECT count(*) FROM pg_subscription_rel r WHERE r.srsubid = s.oid),
    'ready', (SELECT count(*) FROM pg_subscription_rel r WHERE r.srsubid = s.oid AND r.srsubstate = 'r'),
    'errors', coalesce((SELECT apply_error_count + sync_error_count FROM pg_stat_subscription_stats t WHERE t.subid = s.oid), 0),
    'bytes', pg_database_size(current_database()))
  FROM (SELECT 1) one LEFT JOIN pg_subscription s ON s.subname = ${literal(name)};`;
}

/** Asks the old server how far behind a slot is, as JSON; nothing where there is none. */
export function slotSql(name: string): string {
  return `SELECT json_build_object('active', active,
    'behind', pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint,
    'retained', pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint,
    'lost', coalesce(to_jsonb(s) ->> 'wal_status' = 'lost', false))
  FROM pg_replication_slots s WHERE slot_name = ${literal(name)};`;
}

/** The adoptions of a stack of which the old database has something: their names, a line each. */
export function leftoversSql(first: string): string {
  const begins = (column: string) => `left(${column}, ${String(first.length)}) = ${literal(first)}`;
  return `SELECT pubname FROM pg_publication WHERE ${begins("pubname")}
    UNION SELECT slot_name FROM pg_replication_slots WHERE database = current_database() AND ${begins("slot_name")} ORDER BY 1;`;
}
