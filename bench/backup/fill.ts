import type { Arena } from "./arena.js";
import type { Plan } from "./plan.js";

/** Fills the database, waits for the first backup of it, and lets the bare tools in. Returns its size in bytes. */
export async function fill(arena: Arena, { scale, documents, leastBytes }: Plan): Promise<number> {
  console.log("Filling the database …");
  await arena.bare(`pgbench --initialize --quiet --scale=${scale} '${arena.database}'`);
  // Hexadecimal digits: compressible to a half, as text is, where pgbench's own rows are nearly nothing.
  await arena.sql(`
    CREATE TABLE bench_documents AS SELECT n AS id, (
      SELECT string_agg(md5(n || ':' || k), '') FROM generate_series(1, 16) AS k
    ) AS body FROM generate_series(1, ${documents}) AS n;
    ALTER TABLE bench_documents ADD PRIMARY KEY (id);
    CREATE TABLE bench_marks (name text PRIMARY KEY);
    CREATE TABLE bench_writes (id bigint PRIMARY KEY, payload text NOT NULL);
    VACUUM (FREEZE, ANALYZE);
    CHECKPOINT;`);
  await letReplicate(arena);
  await arena.archived();
  await arena.until("the first backup", async () => (await arena.inventory()).window.from !== null);
  const bytes = Number(await arena.sql("SELECT pg_database_size(current_database())"));
  if (bytes >= leastBytes) return bytes;
  throw new Error(`the database has ${bytes} bytes, and ${leastBytes} were to be measured`);
}

/** `pg_basebackup` is nothing that a stack lets in. */
async function letReplicate(arena: Arena): Promise<void> {
  const file = await arena.sql("SHOW hba_file");
  await arena.sql(
    `COPY (SELECT 'local replication postgres scram-sha-256') TO PROGRAM 'cat >>${file}'`,
  );
  await arena.sql("SELECT pg_reload_conf()");
}
