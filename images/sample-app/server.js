// The web server, and how it stops: it accepts nothing new, finishes what is in flight, and ends with 0.
import { createServer } from "node:http";
import { hostname } from "node:os";
import { openPool } from "./lib/db.js";
import { HttpError, requestUrl, sendJson } from "./lib/http.js";
import { configureLog, log } from "./lib/log.js";
import { Metrics } from "./lib/metrics.js";
import { failOnPurpose, findRoute, makeRoutes } from "./lib/routes.js";
import { readSettings } from "./lib/settings.js";
import { serveTcp } from "./lib/tcp.js";
import { serveWebSockets } from "./lib/ws.js";

const settings = settingsOrExit();
const instance = hostname();
configureLog(settings.logLevel, { app: settings.appName, version: settings.version, instance });

const pool = openPool(settings);
const metrics = new Metrics();
const routes = makeRoutes(settings);
const open = new Set();
let stopping = false;

function settingsOrExit() {
  try {
    return readSettings();
  } catch (error) {
    log("error", error.message);
    process.exit(1);
  }
}

function failed(response, error) {
  const status = error instanceof HttpError ? error.status : 500;
  const gone = response.req.destroyed && !response.req.complete;
  if (status === 500 && !gone)
    log("error", "a request failed", { path: response.req.url.split("?")[0], error });
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // What is left of a body that was refused is not read: the connection can't be used again.
  const { headers, complete } = response.req;
  const hasBody = "transfer-encoding" in headers || Number(headers["content-length"] ?? 0) > 0;
  if (hasBody && !complete) response.setHeader("connection", "close");
  sendJson(response, status, { error: status === 500 ? "something went wrong" : error.message });
}

function finished(request, response, name, start) {
  open.delete(response);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  metrics.observe(request.method, name, response.statusCode, seconds);
  const fields = { method: request.method, route: name, status: response.statusCode, seconds };
  log(name === "health" || name === "ready" ? "debug" : "info", "request", fields);
}

async function answer(request, response) {
  const start = process.hrtime.bigint();
  let name = "other";
  open.add(response);
  response.on("close", () => finished(request, response, name, start));
  response.setHeader("x-app-instance", instance);
  response.setHeader("x-app-version", settings.version);
  response.setHeader("x-content-type-options", "nosniff");
  if (stopping) response.setHeader("connection", "close");
  try {
    const url = requestUrl(request);
    const route = findRoute(routes, request.method, url.pathname);
    name = route.name;
    await failOnPurpose(settings, name, response);
    const { params } = route;
    await route.handle({
      request,
      response,
      url,
      params,
      pool,
      settings,
      instance,
      metrics,
      draining: () => stopping,
    });
  } catch (error) {
    failed(response, error);
  }
}

const server = createServer((request, response) => void answer(request, response));
// Longer than a proxy keeps an idle connection, so that the proxy is the one to close it.
server.keepAliveTimeout = 75_000;
server.headersTimeout = 80_000;
// An upload over a slow line may take long; the proxy limits it.
server.requestTimeout = 0;

const sockets = serveWebSockets(server, instance);
const tcp = await serveTcp(settings.tcpPort);

metrics.gauge("http_requests_in_flight", "Requests being answered.", () => open.size);
metrics.gauge("websocket_connections", "Open WebSockets.", sockets.count);
metrics.gauge("database_connections", "Open database connections.", () => pool.totalCount);
metrics.gauge("process_resident_memory_bytes", "Memory in use.", () => process.memoryUsage().rss);

async function stop(signal) {
  if (stopping) return;
  stopping = true;
  log("info", "stopping", { signal, inFlight: open.size });
  // From now on every answer says `Connection: close`, those that are being waited for too.
  for (const response of open) {
    if (!response.headersSent) response.setHeader("connection", "close");
  }
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  sockets.close();
  tcp.close();
  // A client that does not close its side must not keep the process.
  const impatience = setTimeout(() => {
    sockets.terminate();
    tcp.terminate();
  }, 5_000);
  await closed;
  clearTimeout(impatience);
  tcp.terminate();
  await pool.end();
  log("info", "stopped");
}

for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => void stop(signal));

server.listen(settings.port, () =>
  log("info", "listening", { port: settings.port, tcpPort: settings.tcpPort }),
);
