// The load generator against a server that counts.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Bench } from "#bench/bounded";
import { startLoad } from "#bench/load/load";
import { Recorder, samplesOf } from "#bench/load/samples";

const seen: Record<string, number> = {};
let [http, echo] = [undefined, undefined] as [
  Server | undefined,
  ReturnType<typeof createTcpServer> | undefined,
];

beforeAll(async () => {
  http = createServer((request, response) => {
    const path = request.url ?? "";
    seen[path] = (seen[path] ?? 0) + 1;
    response.setHeader("x-app-version", "7");
    request.resume();
    // Each path once a way to fail, and one that is meant.
    if (path === "/ready" && seen[path] === 2) request.socket.destroy();
    else if (path === "/api/notes" && seen[path] === 3) response.writeHead(503).end();
    else if (path === "/upload") response.setHeader("x-fault", "errors").writeHead(500).end();
    // Answered at once, the client that asks for slow answers would take the whole load for itself.
    else if (path.startsWith("/slow")) setTimeout(() => response.end("ok"), 200);
    else response.end("ok");
  }).listen(0, "127.0.0.1");
  echo = createTcpServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await Promise.all([once(http, "listening"), once(echo, "listening")]);
});
afterAll(() => {
  http?.closeAllConnections();
  http?.close();
  echo?.close();
});

const portOf = (server: { address: () => unknown } | undefined) =>
  (server?.address() as AddressInfo).port;

it("asks nothing twice, and counts what fails apart from what is meant to", async () => {
  const ends: (() => unknown)[] = [];
  const bench: Bench = {
    signal: new AbortController().signal,
    atEnd: (_what, act) => ends.push(act),
  };
  const load = startLoad(bench, {
    http: portOf(http),
    tcp: portOf(echo),
    rates: { keepAlive: 200, fresh: 40 },
    clients: { slow: 1, upload: 1, websocket: 0, tcp: 1 },
    most: { requests: 200, seconds: 20 },
  });
  const { samples, failures, effort } = await load.stopped();
  expect(samples).toHaveLength(200);
  const failed = samples.filter(({ outcome }) => outcome === "failed");
  expect(Object.keys(failures).sort()).toEqual([
    "keep-alive: /api/notes 503",
    "keep-alive: socket hang up",
  ]);
  expect(failed).toHaveLength(2);
  const uploads = samples.filter(({ kind }) => kind === "upload");
  expect(uploads.length).toBeGreaterThan(0);
  expect(new Set(uploads.map(({ outcome }) => outcome))).toEqual(new Set(["onPurpose"]));
  // Every one of the requests came to the server, once.
  const overHttp = samples.filter(({ kind }) => kind !== "tcp");
  expect(Object.values(seen).reduce((sum, count) => sum + count, 0)).toBe(overHttp.length);
  expect(new Set(samples.map(({ version }) => version))).toEqual(new Set(["7", undefined]));
  expect(effort.cpu).toBeGreaterThan(0);
  expect(load.over()).toBe(true);
  for (const end of ends) await end();
});

it("keeps a sample as it was on its way between processes", () => {
  const recorder = new Recorder();
  const one = { kind: "fresh", began: 1_700_000_000_000.25, ms: 1.5, outcome: "ok" } as const;
  recorder.add({ ...one, version: "1" });
  recorder.add({ ...one, outcome: "failed", version: undefined }, "fresh: 503");
  recorder.add({ ...one, version: "2" });
  expect(samplesOf(recorder.columns())).toEqual([
    { ...one, version: "1" },
    { ...one, outcome: "failed", version: undefined },
    { ...one, version: "2" },
  ]);
  expect(recorder.failures).toEqual({ "fresh: 503": 1 });
});
