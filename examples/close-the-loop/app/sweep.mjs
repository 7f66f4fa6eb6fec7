// A scheduled job: removes what was done a month ago.
import { openPool } from "./database.mjs";
import { log } from "./log.mjs";

const pool = openPool(1);
const old = "select id from jobs where done_at < now() - interval '30 days'";
await pool.query(`delete from emails where job in (${old})`);
const { rowCount } = await pool.query(`delete from jobs where id in (${old})`);
await pool.end();
log("info", "swept", { jobs: rowCount });
