// Applies migrations/*.sql in the order of their names, each in a transaction, one migrator at a time.
import { readFileSync, readdirSync } from "node:fs";
import { connect } from "./lib/db.js";
import { configureLog, log } from "./lib/log.js";
import { readSettings } from "./lib/settings.js";

// Any number will do as long as every version of this app uses the same.
const lockKey = 7_215_519;
const folder = new URL("./migrations/", import.meta.url);

function pending(done) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  const files = names
    .sort()
    .map((name) => ({ name, sql: readFileSync(new URL(name, folder), "utf8") }));
  if (process.env.MIGRATION_FAIL === "1") {
    // On demand: fails after it has changed something, so that a missing transaction would show.
    files.push({
      name: "9999_fails_on_demand.sql",
      sql: "CREATE TABLE half_made (id int); ALTER TABLE notes ADD COLUMN half_made int; SELECT 1 / 0;",
    });
  }
  return files.filter((file) => !done.has(file.name));
}

async function apply(client, file) {
  try {
    await client.query("BEGIN");
    // A migration that waits for a lock makes everybody else wait behind it: rather give up.
    await client.query("SET LOCAL lock_timeout = '5s'");
    await client.query(file.sql);
    await client.query("INSERT INTO schema_migrations (name) VALUES ($1)", [file.name]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw new Error(`migration ${file.name} failed and was rolled back: ${error.message}`, {
      cause: error,
    });
  }
  log("info", "migration applied", { migration: file.name });
}

async function migrate(client) {
  await client.query("SET lock_timeout = '60s'");
  await client.query("SELECT pg_advisory_lock($1)", [lockKey]);
  await client.query(
    "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
  );
  const done = await client.query("SELECT name FROM schema_migrations");
  const files = pending(new Set(done.rows.map((row) => row.name)));
  for (const file of files) await apply(client, file);
  log("info", "the schema is up to date", {
    applied: files.length,
    total: done.rowCount + files.length,
  });
}

try {
  const settings = readSettings();
  configureLog(settings.logLevel, { app: settings.appName, version: settings.version });
  const client = await connect(settings);
  try {
    await migrate(client);
  } finally {
    await client.end();
  }
} catch (error) {
  log("error", error.message, { code: error.cause?.code ?? error.code });
  process.exitCode = 1;
}
