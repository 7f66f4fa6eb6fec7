// The API: /healthz is 200 when database and encryption key are ready.
import { openPool } from "./database.mjs";
import { require, serve } from "./serve.mjs";

require("DATABASE_URL", "SESSION_SECRET", "ENCRYPTION_KEY");
const pool = openPool(Number(process.env.DATABASE_POOL_SIZE ?? 5));
const keyReady = Buffer.from(process.env.ENCRYPTION_KEY, "base64").length === 32;

serve(
  Number(process.env.PORT ?? 3001),
  {
    "GET /healthz": async (answer) => {
      const database = await pool.query("select 1 from jobs limit 1").then(
        () => true,
        () => false,
      );
      answer(database && keyReady ? 200 : 503, { database, encryptionKey: keyReady });
    },
    "GET /metrics": async (answer) => {
      const { rows } = await pool.query(
        "select count(*)::int as waiting from jobs where done_at is null",
      );
      answer(200, `# TYPE syncal_jobs_waiting gauge\nsyncal_jobs_waiting ${rows[0].waiting}\n`);
    },
    "GET /version": (answer) => answer(200, { version: process.env.APP_VERSION ?? "0.0.0" }),
    "POST /jobs": async (answer) => {
      const { rows } = await pool.query("insert into jobs (seconds) values (0.05) returning id");
      answer(201, { id: Number(rows[0].id) });
    },
    "GET /jobs": async (answer) => {
      const { rows } = await pool.query(
        "select count(*)::int as jobs, count(*) filter (where done_at is null)::int as waiting from jobs",
      );
      answer(200, rows[0]);
    },
  },
  { stopped: () => pool.end() },
);
