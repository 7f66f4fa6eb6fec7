// A scheduled job: has what was not answered asked again, and notes that it ran.
import { setTimeout as pause } from "node:timers/promises";
import { openPool } from "./database.mjs";
import { log } from "./log.mjs";

const pool = openPool(1);
const { rows } = await pool.query(
  "insert into follow_up_runs (scheduled) values ($1) returning id",
  // None where an operator runs it by hand.
  [process.env.KEELSON_SCHEDULED ?? null],
);
// As long as looking through the answers takes.
await pause(Number(process.env.FOLLOW_UPS_SECONDS ?? 5) * 1_000);
await pool.query("insert into jobs (kind, seconds) values ('follow-up', 0.05)");
await pool.query("update follow_up_runs set ended = clock_timestamp() where id = $1", [rows[0].id]);
await pool.end();
log("info", "followed up", { run: Number(rows[0].id) });
