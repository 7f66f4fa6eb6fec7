// The database: a pool that reports its trouble and never takes the process down.
import { createRequire } from "node:module";
import { log } from "./log.js";

// Debian's packages are CommonJS under a path that `import` does not search.
const pg = createRequire("/usr/share/nodejs/")("pg");

/** A pool of `settings.poolSize` connections, none of them opened yet. */
export function openPool(settings) {
  const pool = new pg.Pool({
    connectionString: settings.databaseUrl,
    max: settings.poolSize,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: `${settings.appName} ${settings.version}`,
  });
  // An idle connection that breaks is replaced at its next use.
  pool.on("error", (error) => log("warn", "an idle database connection broke", { error }));
  return pool;
}

/** One connection of its own, for the migrations. */
export async function connect(settings) {
  const client = new pg.Client({
    connectionString: settings.databaseUrl,
    connectionTimeoutMillis: 10_000,
    application_name: `${settings.appName} migrate`,
  });
  await client.connect();
  return client;
}

/** Answers whether the database answers, within `milliseconds`. */
export async function isReady(pool, milliseconds = 3_000) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error("the database did not answer in time")),
      milliseconds,
    );
  });
  try {
    await Promise.race([pool.query("SELECT 1 FROM notes LIMIT 1"), late]);
    return true;
  } catch (error) {
    log("warn", "not ready", { error });
    return false;
  } finally {
    clearTimeout(timer);
  }
}

export const notes = {
  async list(pool) {
    const found = await pool.query(
      "SELECT id::int, body, created_at FROM notes ORDER BY created_at DESC, id DESC LIMIT 100",
    );
    return found.rows;
  },
  async add(pool, body) {
    const made = await pool.query(
      "INSERT INTO notes (body) VALUES ($1) RETURNING id::int, body, created_at",
      [body],
    );
    return made.rows[0];
  },
  async find(pool, id) {
    const found = await pool.query("SELECT id::int, body, created_at FROM notes WHERE id = $1", [
      id,
    ]);
    return found.rows[0];
  },
  async remove(pool, id) {
    const gone = await pool.query("DELETE FROM notes WHERE id = $1", [id]);
    return gone.rowCount === 1;
  },
};
