// Which request is answered by what.
import { setTimeout as wait } from "node:timers/promises";
import { isReady, notes } from "./db.js";
import { HttpError, countBody, readBody, send, sendJson } from "./http.js";
import { renderPage } from "./page.js";

const longestSlowMilliseconds = 120_000;

function noteBody(text) {
  const body = typeof text === "string" ? text.trim() : "";
  if (body.length < 1 || body.length > 10_000) {
    throw new HttpError(400, "body: must be 1 to 10000 characters long");
  }
  return body;
}

async function jsonBody(request) {
  const text = await readBody(request);
  try {
    return JSON.parse(text) ?? {};
  } catch (error) {
    throw new HttpError(400, `not JSON: ${error.message}`);
  }
}

function noteId(params) {
  if (!/^\d{1,9}$/.test(params[0])) throw new HttpError(404, "no such note");
  return Number(params[0]);
}

async function showNote({ pool, response, params }) {
  const note = await notes.find(pool, noteId(params));
  if (!note) throw new HttpError(404, "no such note");
  sendJson(response, 200, note);
}

async function deleteNote({ pool, response, params }) {
  if (!(await notes.remove(pool, noteId(params)))) throw new HttpError(404, "no such note");
  response.writeHead(204).end();
}

async function addNote({ pool, request, response }) {
  const note = await notes.add(pool, noteBody((await jsonBody(request)).body));
  sendJson(response, 201, note, { location: `/api/notes/${note.id}` });
}

async function addFromForm({ pool, request, response }) {
  await notes.add(pool, noteBody(new URLSearchParams(await readBody(request)).get("body")));
  response.writeHead(303, { location: "/" }).end();
}

async function page({ pool, response, settings, instance }) {
  send(
    response,
    200,
    "text/html; charset=utf-8",
    renderPage(settings, instance, await notes.list(pool)),
  );
}

async function slow({ url, response, instance }) {
  const asked = Number(url.searchParams.get("ms") ?? 2_000);
  if (!(asked >= 0 && asked <= longestSlowMilliseconds)) {
    throw new HttpError(400, `ms: must be 0 to ${longestSlowMilliseconds}`);
  }
  await wait(asked);
  sendJson(response, 200, { waited: asked, instance });
}

function live({ response, draining, settings }) {
  const sick = draining() || settings.fault === "unhealthy";
  sendJson(response, sick ? 503 : 200, { status: draining() ? "stopping" : sick ? "sick" : "ok" });
}

async function ready({ pool, response, draining }) {
  const good = !draining() && (await isReady(pool));
  sendJson(response, good ? 200 : 503, { status: good ? "ok" : "not ready" });
}

function version({ settings, instance, request, response }) {
  const { appName: name, environment, gitSha, fault } = settings;
  const wrong = fault === "smoke" || (fault === "proxied" && "x-forwarded-for" in request.headers);
  const version = wrong ? "wrong" : settings.version;
  sendJson(response, 200, { name, environment, version, gitSha, instance });
}

function echo({ request, response, url }) {
  const { method, headers, socket } = request;
  sendJson(response, 200, {
    method,
    path: url.pathname,
    headers,
    remoteAddress: socket.remoteAddress,
  });
}

/**
 * With FAULT=errors everything but what the gates ask fails, and says so. With FAULT=slow all that its clients ask
 * takes a quarter of a second more.
 * @throws HttpError
 */
export async function failOnPurpose(settings, name, response) {
  if (["health", "ready", "/metrics"].includes(name)) return;
  if (settings.fault === "slow") await wait(250);
  if (settings.fault !== "errors" || name === "version") return;
  response.setHeader("x-fault", settings.fault);
  throw new HttpError(500, "an error on purpose");
}

/** All routes: method, path (a pattern where it has parameters), the name in the metrics, what answers. */
export function makeRoutes(settings) {
  return [
    ["GET", "/", "/", page],
    ["POST", "/", "/", addFromForm],
    [
      "GET",
      "/api/notes",
      "/api/notes",
      async ({ pool, response }) => sendJson(response, 200, await notes.list(pool)),
    ],
    ["POST", "/api/notes", "/api/notes", addNote],
    ["GET", /^\/api\/notes\/([^/]+)$/, "/api/notes/:id", showNote],
    ["DELETE", /^\/api\/notes\/([^/]+)$/, "/api/notes/:id", deleteNote],
    ["GET", "/slow", "/slow", slow],
    ["GET", settings.healthPath, "health", live],
    ["GET", settings.readyPath, "ready", ready],
    ["GET", settings.versionPath, "version", version],
    [
      "GET",
      "/metrics",
      "/metrics",
      ({ response, metrics }) => send(response, 200, "text/plain; version=0.0.4", metrics.text()),
    ],
    [
      "POST",
      "/upload",
      "/upload",
      async ({ request, response }) => sendJson(response, 200, { bytes: await countBody(request) }),
    ],
    ["GET", "/echo", "/echo", echo],
    ["POST", "/echo", "/echo", echo],
  ].map(([method, path, name, handle]) => ({ method, path, name, handle }));
}

/** The route of a request with its parameters. @throws HttpError 404 or 405. */
export function findRoute(routes, method, pathname) {
  const wanted = method === "HEAD" ? "GET" : method;
  let pathKnown = false;
  for (const route of routes) {
    const match =
      typeof route.path === "string"
        ? route.path === pathname && []
        : route.path.exec(pathname)?.slice(1);
    if (!match) continue;
    pathKnown = true;
    if (route.method === wanted) return { ...route, params: match };
  }
  throw pathKnown ? new HttpError(405, "not allowed here") : new HttpError(404, "not found");
}
