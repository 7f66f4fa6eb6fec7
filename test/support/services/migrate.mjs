// The sample app's migrations, and the tables of the workers.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

execFileSync("node", ["migrate.js"], { stdio: "inherit" });
const pg = createRequire("/usr/share/nodejs/")("pg");
const connectionString = readFileSync(process.env.DATABASE_URL_FILE, "utf8").trim();
const client = new pg.Client({ connectionString });
await client.connect();
await client.query(`
  CREATE TABLE IF NOT EXISTS tasks (id bigserial PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS work (task bigint NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
  CREATE TABLE IF NOT EXISTS calls (kind text NOT NULL, failure text, at timestamptz NOT NULL DEFAULT clock_timestamp());
  CREATE TABLE IF NOT EXISTS ticks (instance text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
`);
await client.end();
