// The worker: claims jobs from the table, as many at once as WORKER_CONCURRENCY, and ends those in hand on SIGTERM.
import { setTimeout as pause } from "node:timers/promises";
import { openPool } from "./database.mjs";

const concurrency = Number(process.env.WORKER_CONCURRENCY ?? 2);
const pool = openPool(concurrency);
let stopping = false;
process.on("SIGTERM", () => {
  stopping = true;
});

async function claimOne() {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const { rows } = await client.query(
      "select id, seconds from jobs where done_at is null order by id limit 1 for update skip locked",
    );
    if (rows.length > 0) {
      await pause(rows[0].seconds * 1_000);
      await client.query("update jobs set done_at = now(), claimed_by = $2 where id = $1", [
        rows[0].id,
        process.env.APP_VERSION,
      ]);
    }
    await client.query("commit");
    return rows.length > 0;
  } finally {
    client.release();
  }
}

async function lane() {
  while (!stopping) if (!(await claimOne())) await pause(200);
}

await Promise.all(Array.from({ length: concurrency }, lane));
await pool.end();
