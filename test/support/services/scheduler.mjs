// Writes down that it runs, ten times a second: two at once would be seen.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

if (process.env.FAULT === "exit") {
  console.log("this scheduler ends by itself");
  process.exit(3);
}

const pg = createRequire("/usr/share/nodejs/")("pg");
const connectionString = readFileSync(process.env.DATABASE_URL_FILE, "utf8").trim();
const client = new pg.Client({ connectionString });
await client.connect();

let stopping = false;
process.on("SIGTERM", () => {
  stopping = true;
});

while (!stopping) {
  await client.query("INSERT INTO ticks (instance) VALUES ($1)", [hostname()]);
  await delay(100);
}
await client.end();
