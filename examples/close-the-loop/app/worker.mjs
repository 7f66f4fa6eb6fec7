// The worker: claims jobs from the table and sends their e-mails; on SIGTERM it ends those in hand.
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { openPool } from "./database.mjs";
import { log } from "./log.mjs";
import { require } from "./serve.mjs";

require("DATABASE_URL", "RESEND_API_KEY");
const concurrency = Number(process.env.DATABASE_POOL_SIZE ?? 2);
const pool = openPool(concurrency);
let stopping = false;
process.on("SIGTERM", () => {
  stopping = true;
  log("info", "ends what it has in hand");
});

async function claimOne() {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const { rows } = await client.query(
      "select id, seconds, clock_timestamp() as begun from jobs where done_at is null order by id limit 1 for update skip locked",
    );
    for (const { id, seconds, begun } of rows) {
      // As long as the sender of e-mails takes to answer.
      await pause(seconds * 1_000);
      await client.query("insert into emails (job, worker, begun) values ($1, $2, $3)", [
        id,
        hostname(),
        begun,
      ]);
      await client.query("update jobs set done_at = clock_timestamp() where id = $1", [id]);
    }
    await client.query("commit");
    return rows.length > 0;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function lane() {
  while (!stopping) if (!(await claimOne())) await pause(200);
}

await Promise.all(Array.from({ length: concurrency }, lane));
await pool.end();
