// The API. /health says that the process is alive, /ready that the database answers.
import { openPool } from "./database.mjs";
import { log } from "./log.mjs";
import { require, serve } from "./serve.mjs";

require("APP_NAME", "APP_ENV", "PORT", "DATABASE_URL", "RESEND_API_KEY");
const { APP_ENV: environment, APP_VERSION: version, GIT_SHA: gitSha } = process.env;
const pool = openPool(Number(process.env.DATABASE_POOL_SIZE ?? 5));

serve(
  Number(process.env.PORT),
  {
    "GET /health": (answer) => answer(200, { status: "ok" }),
    "GET /ready": async (answer) => {
      const database = await pool.query("select 1 from jobs limit 1").then(
        () => true,
        () => false,
      );
      answer(database ? 200 : 503, { database });
    },
    "GET /version": (answer) => answer(200, { version, gitSha, environment }),
    "POST /loops": async (answer, request) => {
      const seconds = new URL(request.url, "http://localhost").searchParams.get("seconds") ?? 0.05;
      const { rows } = await pool.query(
        "insert into jobs (kind, seconds) values ('ask', $1) returning id",
        [seconds],
      );
      answer(201, { id: Number(rows[0].id) });
    },
    "GET /loops": async (answer) => {
      const { rows } = await pool.query(
        `select count(*)::int as jobs, count(*) filter (where done is null)::int as waiting,
           count(*) filter (where done > 1)::int as doubled
         from jobs left join (select job, count(*) as done from emails group by job) each on job = id
         where kind = 'ask'`,
      );
      answer(200, rows[0]);
    },
  },
  { stopped: () => pool.end() },
);
log("info", "listening", { environment, version });
