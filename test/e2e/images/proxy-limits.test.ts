import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanUp } from "../../support/docker.js";
import { ask, startFront, told, type Front } from "../../support/front.js";

const prefix = "kpxl";
let front: Front;

beforeAll(async () => {
  await cleanUp(prefix);
  front = await startFront(prefix);
});
afterAll(() => cleanUp(prefix));

/** The answers' statuses to one path after another. */
async function statuses(paths: readonly string[], client?: string): Promise<number[]> {
  const headers: Record<string, string> = client === undefined ? {} : { "x-forwarded-for": client };
  const found: number[] = [];
  for (const path of paths) found.push((await ask(front.http, path, { headers })).status);
  return found;
}

const times = (count: number, path: string) => Array.from({ length: count }, () => path);

describe("rate limits", () => {
  it("answer 429 with the time to wait, for their path alone", async () => {
    await front.use({ rateLimits: [{ path: "/auth", requests: 3, per: "5m" }] });
    expect(await statuses([...times(4, "/auth/login"), "/authors", "/"])).toEqual([
      200, 200, 200, 429, 200, 200,
    ]);
    const { headers, body } = await ask(front.http, "/auth");
    expect([headers["retry-after"], headers["x-content-type-options"], body]).toEqual([
      "300",
      "nosniff",
      "Too many requests, please try again later.\n",
    ]);
  });

  it.each([
    "/AUTH/x",
    "//auth",
    "/%61uth",
    "/./auth",
    "/x/../auth/login",
    "/x/%2e%2E/auth",
    "/%5cauth",
  ])("are not got around by %s", async (path) => {
    expect(await statuses([path])).toEqual([429]);
  });

  it("go on counting through a release", async () => {
    const settings = { rateLimits: [{ path: "/auth", requests: 3, per: "5m" }] };
    expect(await front.use(settings, "two")).toBe("servers");
    expect(await statuses(["/auth", "/"])).toEqual([429, 200]);
  });

  it("count each client behind a trusted proxy, and a /64 of IPv6 as one", async () => {
    const rateLimits = [{ path: "/", requests: 2, per: "1h" }];
    await front.use({ rateLimits, trustedProxies: [front.network] });
    const twice = times(2, "/");
    expect(await statuses(twice, "203.0.113.1")).toEqual([200, 200]);
    expect(await statuses(twice, "203.0.113.2")).toEqual([200, 200]);
    expect(await statuses(["/"], "203.0.113.1")).toEqual([429]);
    expect(await statuses(twice, "2001:db8::1")).toEqual([200, 200]);
    expect(await statuses(["/"], "2001:db8::ffff:2")).toEqual([429]);
    expect(await statuses(["/"], "2001:db8:0:1::1")).toEqual([200]);
  });

  it("let a client in again after the time that they say", async () => {
    const rateLimits = [1, 2].map((requests) => ({ path: `/${requests}`, requests, per: "2s" }));
    await front.use({ rateLimits });
    for (const { path } of rateLimits) {
      await expect.poll(() => statuses([path]), { interval: 10, timeout: 30_000 }).toEqual([429]);
      const waited = Number((await ask(front.http, path)).headers["retry-after"]);
      await new Promise((resolve) => setTimeout(resolve, waited * 1000));
      expect(await statuses([path])).toEqual([200]);
    }
  });
});

/** A connection that says nothing until it is asked to. */
async function connection(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** All that comes until the other side closes, or resets because it closed before it read all. */
async function untilClosed(socket: Socket): Promise<string> {
  const parts: string[] = [];
  socket.on("data", (chunk) => parts.push(chunk.toString()));
  // Not `once`, which fails on the reset.
  await new Promise((resolve) => socket.once("close", resolve));
  return parts.join("");
}

/** Asks on a connection that stays; the app that answered. */
async function appBehind(socket: Socket): Promise<string | undefined> {
  socket.write("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return /"app":"(\w+)"/.exec(chunk.toString())?.[1];
}

describe("raw TCP", () => {
  it("goes through, and its connections survive a release", async () => {
    const settings = { tcp: [{ port: 1982, target: 3000 }] };
    await front.use(settings);
    const before = await connection(front.tcp);
    expect(await appBehind(before)).toBe("one");
    expect(await front.use(settings, "two")).toBe("servers");
    expect(await appBehind(before)).toBe("one");
    const after = await connection(front.tcp);
    expect(await appBehind(after)).toBe("two");
    for (const socket of [before, after]) socket.destroy();
  });
});

describe("limits", () => {
  it("close the connections of an address that has too many, raw TCP too", async () => {
    const tcp = [{ port: 1982, target: 3000 }];
    await front.use({ limits: { connectionsPerAddress: 3 }, tcp });
    const asked = "GET /text HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const held: Socket[] = [];
    for (const port of [front.http, front.http, front.tcp]) {
      const socket = await connection(port);
      socket.write(asked);
      await once(socket, "data"); // it is counted once it is answered
      held.push(socket);
    }
    for (const port of [front.http, front.tcp]) {
      const socket = await connection(port);
      socket.write(asked);
      expect(await untilClosed(socket)).toBe("");
    }
    for (const socket of held) socket.destroy();
    await expect.poll(() => statuses(["/text"]).catch(String), { timeout: 30_000 }).toEqual([200]);
  });

  it("end requests that come too slowly and answers that take too long, and nothing else", async () => {
    await front.use({ limits: { requestTimeout: "1s", idleTimeout: "1s" } });
    expect(await statuses(["/slow"])).toEqual([200]);
    const slow = await connection(front.http);
    slow.write("GET / HTTP/1.1\r\nHost: local");
    expect(await untilClosed(slow)).toMatch(/^HTTP\/1\.1 408 /);
    const idle = await connection(front.http);
    idle.write("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(await untilClosed(idle)).toMatch(/^HTTP\/1\.1 200 /);
    await front.use({ limits: { responseTimeout: "1s" } });
    expect(await statuses(["/slow", "/echo"])).toEqual([504, 200]);
  });

  it("are as high as the settings say for headers and bodies", async () => {
    await front.use({ limits: { headers: "64KiB", requestBody: "1MiB" } });
    const asked = async (length: number) =>
      (await ask(front.http, "/echo", { headers: { "x-long": "x".repeat(length) } })).status;
    // Node's own server takes 16 KiB, and says so; beyond 64 KiB it is the proxy that does.
    expect([await asked(30_000), await asked(70_000)]).toEqual([431, 400]);
    const post = async (length: number, headers: Record<string, string> = {}) => {
      const body = "x".repeat(length);
      return (await ask(front.http, "/echo", { method: "POST", headers, body })).status;
    };
    const most = 1024 * 1024;
    expect(await post(most)).toBe(200);
    // A body that does not say its length is left to the app.
    expect(await post(most + 1, { "transfer-encoding": "chunked" })).toBe(200);
    const headers = { "content-length": String(most + 1) };
    expect((await ask(front.http, "/echo", { method: "POST", headers })).status).toBe(413);
  });
});

describe("behind a trusted proxy", () => {
  const domains = ["localhost", "www.localhost"];
  const settings = {
    domains,
    tls: { mode: "self-signed" },
    httpsPort: 8444,
    headers: { hsts: { maxAge: "1d" } },
  };
  beforeAll(async () => {
    await front.use({ ...settings, trustedProxies: [front.network, "10.9.0.0/16"] });
  });
  const https = { "x-forwarded-proto": "https" };

  it.each([
    ["the client's address", "203.0.113.9", "203.0.113.9"],
    ["of an IPv6 client", "2001:db8::9", "2001:db8::9"],
    ["not what the client claims", "6.6.6.6, 203.0.113.9", "203.0.113.9"],
    ["past two other trusted proxies", "6.6.6.6, 203.0.113.9, 10.9.1.1, 10.9.1.2", "203.0.113.9"],
    ["not past what is no address", "6.6.6.6, unknown, 10.9.1.2", "10.9.1.2"],
  ])("believes %s", async (_what, claimed, address) => {
    const headers = await told(front.http, { ...https, "x-forwarded-for": claimed });
    expect([headers["x-forwarded-for"], headers["x-real-ip"]]).toEqual([address, address]);
  });

  it("believes its scheme and port: no redirect to where the client is", async () => {
    expect(await told(front.http, https)).toMatchObject({ ...https, "x-forwarded-port": "443" });
    expect(await told(front.http, { ...https, "x-forwarded-port": "9443" })).toMatchObject({
      "x-forwarded-port": "9443",
    });
    const { headers } = await ask(front.http, "/text", { headers: https });
    expect(headers["strict-transport-security"]).toBe("max-age=86400");
    expect((await ask(front.http, "/text")).headers.location).toBe("https://localhost/text");
  });

  it("believes nothing of the kind from another address", async () => {
    await front.use({ ...settings, trustedProxies: ["10.9.0.0/16"] });
    const { status, headers } = await ask(front.http, "/text", { headers: https });
    expect([status, headers.location]).toEqual([308, "https://localhost:8444/text"]);
  });
});
