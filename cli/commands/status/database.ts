import { z } from "zod";
import type { Docker } from "#lib/docker";
import { tail } from "#lib/run-process";
import { superuserPsql } from "#lib/superuser";
import { Failure } from "../../io/failure.js";

/** The database and its server's clients. */
const databaseFacts = z.object({
  /** Bytes. */
  size: z.number(),
  connections: z.number(),
  connectionLimit: z.number(),
  /** Seconds; null where nothing runs. */
  longestQuery: z.number().nullable(),
  /** Seconds; null where none is open. */
  oldestTransaction: z.number().nullable(),
  waitingForLocks: z.number(),
});
export type DatabaseFacts = z.output<typeof databaseFacts>;

// A dump is a transaction as long as it takes, and is no client of the app's.
const sql = `SELECT json_build_object(
  'size', pg_database_size(current_database()),
  'connections', count(*),
  'connectionLimit', current_setting('max_connections')::int,
  'longestQuery', extract(epoch FROM max(clock_timestamp() - query_start) FILTER (WHERE state = 'active' AND NOT ours)),
  'oldestTransaction', extract(epoch FROM max(clock_timestamp() - xact_start) FILTER (WHERE NOT ours)),
  'waitingForLocks', count(*) FILTER (WHERE wait_event_type = 'Lock'))
FROM (SELECT *, pid = pg_backend_pid() OR usename ~ '_backup(_[0-9]+)?$' AS ours FROM pg_stat_activity
  WHERE backend_type = 'client backend') AS clients;`;

/** Asks the server. @throws Failure where it does not answer */
export async function askDatabase(
  docker: Docker,
  server: string,
  database: string,
): Promise<DatabaseFacts> {
  const result = await superuserPsql(docker, { server, database }, sql);
  if (result.code === 0) return databaseFacts.parse(JSON.parse(result.stdout));
  throw new Failure(tail(result));
}
