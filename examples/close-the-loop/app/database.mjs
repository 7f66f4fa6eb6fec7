// The pool of a process, and migrations as a list of statements, each applied once.
import { createRequire } from "node:module";

// Debian's packages are CommonJS under a path that `import` does not search.
const pg = createRequire("/usr/share/nodejs/")("pg");

/** A pool on the database of DATABASE_URL. */
export function openPool(size) {
  const connectionString = process.env.DATABASE_URL.replace(/^[a-z+]+:/, "postgresql:");
  const pool = new pg.Pool({ connectionString, max: size, connectionTimeoutMillis: 5_000 });
  // A connection that breaks while idle is replaced at its next use.
  pool.on("error", (error) =>
    console.error(JSON.stringify({ level: "warn", message: error.message })),
  );
  return pool;
}

/** Applies what of `statements` has not been yet, one migrator at a time. */
export async function migrate(statements) {
  const pool = openPool(1);
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock(4821)");
    await client.query("create table if not exists schema_migrations (version int primary key)");
    const { rows } = await client.query(
      "select coalesce(max(version), 0) as version from schema_migrations",
    );
    for (const [index, statement] of statements.entries()) {
      if (index < rows[0].version) continue;
      await client.query(statement);
      await client.query("insert into schema_migrations values ($1)", [index + 1]);
    }
    await client.query("commit");
  } finally {
    client.release();
    await pool.end();
  }
}
