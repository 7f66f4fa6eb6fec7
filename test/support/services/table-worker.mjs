// Takes rows of a table, one at a time, alongside others that do the same. What it does for each can't be undone: it is
// logged outside of the transaction, so that a task that is done twice is seen.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

if (process.env.FAULT === "exit") {
  console.log("this worker ends by itself");
  process.exit(3);
}

const pg = createRequire("/usr/share/nodejs/")("pg");
const connectionString = readFileSync(process.env.DATABASE_URL_FILE, "utf8").trim();
const [tasks, log] = [new pg.Client({ connectionString }), new pg.Client({ connectionString })];
await Promise.all([tasks.connect(), log.connect()]);

let stopping = false;
process.on("SIGTERM", () => {
  stopping = true;
});

while (!stopping) {
  await tasks.query("BEGIN");
  const { rows } = await tasks.query(
    "SELECT id FROM tasks ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
  );
  const [task] = rows;
  if (task === undefined) {
    await tasks.query("ROLLBACK");
    await delay(100);
    continue;
  }
  await log.query("INSERT INTO work (task) VALUES ($1)", [task.id]);
  await delay(200);
  await tasks.query("DELETE FROM tasks WHERE id = $1", [task.id]);
  await tasks.query("COMMIT");
}
await Promise.all([tasks.end(), log.end()]);
