// What changes at the proxy while it runs: which of the app's instances there are, and maintenance.
// @module-tag long
import { connect } from "node:net";
import { Agent, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerAt } from "#lib/docker";
import { readMaintenance, turnMaintenance } from "#release/haproxy/maintenance";
import { converse, ProxySession } from "#release/proxy-session";
import {
  cleanUp,
  docker,
  publishedPort,
  tryDocker,
  until,
  untilHealthy,
} from "../../support/docker.js";
import { ask, startFront, type Answer, type Front } from "../../support/front.js";

const prefix = "test-replf";
let front: Front;

beforeAll(async () => {
  await cleanUp(prefix);
  front = await startFront(prefix);
});
afterAll(() => cleanUp(prefix));

/** The app that answered, or the status. */
const by = ({ status, body }: Answer) =>
  status === 200 ? (JSON.parse(body) as { app: string }).app : status;
const posts = async () =>
  (JSON.parse((await ask(front.http, "/")).body) as { posts: number }).posts;
/** Names of the servers of the app that are up. */
async function up(): Promise<string> {
  const script = "echo 'show servers state app' | socat - /run/haproxy/admin.sock";
  const lines = (await docker(["exec", front.proxy, "sh", "-c", script])).split("\n");
  const servers = lines.map((line) => line.split(" ")).filter((args) => args.length > 18);
  return servers.flatMap(([, , , name, , state]) => (state === "2" ? [name] : [])).join(" ");
}
const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);

describe("instances", () => {
  it("come and go, and share what comes", async () => {
    await front.use();
    expect(await up()).toBe("only-1");
    // Between one and several more changes than servers: how often a request is tried again.
    expect(await front.use({}, "one", "two")).toBe("reload");
    expect(await up()).toBe("app-1 app-2");
    const answers = await Promise.all(times(8, () => ask(front.http, "/slow")));
    expect(answers.map(by).sort()).toEqual([...times(4, () => "one"), ...times(4, () => "two")]);
    expect(await front.use({}, "two")).toBe("reload");
    expect([await up(), by(await ask(front.http, "/"))]).toEqual(["only-1", "two"]);
    expect(await front.use({}, "one")).toBe("servers");
    expect([await up(), by(await ask(front.http, "/"))]).toEqual(["only-2", "one"]);
  });

  it("that die take along what may not be repeated, and that alone", async () => {
    await front.use({}, "one", "two");
    const inFlight = (method: string) =>
      times(4, () => ask(front.http, "/slow", { method }).catch(() => 502 as const));
    // Half of each are on either: one group after the other.
    const gets = inFlight("GET");
    await until("the first are under way", async () => (await streams()) >= 4);
    const sends = inFlight("POST");
    await until("all are under way", async () => (await streams()) >= 8);
    await docker(["kill", `${prefix}-two`]);
    await until("two is out", async () => (await up()) === "app-1", 10);
    const came = async (answers: Promise<Answer | 502>[]) =>
      (await Promise.all(answers)).map((each) => (each === 502 ? 502 : by(each))).sort();
    expect(await came(gets)).toEqual(times(4, () => "one"));
    const sent = await came(sends);
    expect(sent).toEqual([502, 502, "one", "one"]);
    // Those that failed were not asked of the other one.
    expect(await posts()).toBe(2);
    await docker(["start", `${prefix}-two`]);
    await until("two is back", async () => (await up()) === "app-1 app-2", 20);
  });
});

/** Requests that the proxy has under way at the app. */
async function streams(): Promise<number> {
  const script = "echo 'show stat' | socat - /run/haproxy/admin.sock";
  const lines = (await docker(["exec", front.proxy, "sh", "-c", script])).split("\n");
  const [backend] = lines.filter((line) => line.startsWith("app,BACKEND,"));
  return Number(backend?.split(",")[4]);
}

/** Does something in the proxy, as the command does. */
async function inProxy<T>(work: (session: ProxySession) => Promise<T>): Promise<T> {
  const conversation = converse(dockerAt(), front.proxy);
  try {
    return await work(new ProxySession(conversation));
  } finally {
    await conversation.close();
  }
}
const on = (retryAfter: number, ...allow: string[]) =>
  inProxy((session) => turnMaintenance(session, { retryAfter, allow }));
const off = () => inProxy((session) => turnMaintenance(session, undefined));
const status = () => inProxy(readMaintenance);
/** The proxy's process, which a reload would change. */
const worker = async () => {
  const script = "echo 'show info' | socat - /run/haproxy/admin.sock | grep ^Pid";
  return docker(["exec", front.proxy, "sh", "-c", script]);
};
const settings = {
  tcp: [{ port: 1982, target: 3000 }],
  maintenance: { allow: ["203.0.113.0/24"] },
};
const html = { accept: "text/html,*/*" };

/** Whether a new raw TCP connection gets an answer. */
function tcpAnswers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port: front.tcp, host: "127.0.0.1" }, () =>
      socket.write("GET / HTTP/1.0\r\n\r\n"),
    );
    socket.on("data", () => {
      resolve(true);
      socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      resolve(false);
    });
  });
}

describe("maintenance", () => {
  it("turns all away at once, on connections that stay open, without a reload", async () => {
    await front.use({ ...settings, trustedProxies: [front.network] });
    const [before, agent] = [await worker(), new Agent({ keepAlive: true, maxSockets: 1 })];
    expect(await onOne(agent)).toEqual([200, false]);
    await on(600, "2001:db8::/32");
    expect(await onOne(agent)).toEqual([503, true]);
    expect(await tcpAnswers()).toBe(false);
    const answer = await ask(front.http, "/", { headers: html });
    expect(answer.body).toMatch(/^<!DOCTYPE html>\n<html lang="en">.*<h1>Down for maintenance/s);
    expect(answer.headers).toMatchObject({
      "retry-after": "600",
      "cache-control": "no-store",
      "content-type": "text/html; charset=utf-8",
      "x-content-type-options": "nosniff",
    });
    const plain = await ask(front.http, "/", { method: "POST", body: "{}" });
    expect([plain.status, plain.headers["content-type"], plain.body]).toEqual([
      503,
      "text/plain; charset=utf-8",
      "Down for maintenance, please try again later.\n",
    ]);
    const since = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/) as string;
    const state = { on: true, retryAfter: 600, allow: ["2001:db8::/32"], since };
    expect(await status()).toEqual(state);
    expect(await worker()).toBe(before);
    await off();
    expect([await onOne(agent), await tcpAnswers()]).toEqual([[200, true], true]);
    expect(await status()).toEqual({ on: false });
    agent.destroy();
  });

  it("lets pass whom settings and command name, an ACME server and the proxy's own network", async () => {
    await on(60, "2001:db8::/32", "198.51.100.7");
    const from = async (client: string, path = "/") =>
      (await ask(front.http, path, { headers: { "x-forwarded-for": client } })).status;
    expect([
      await from("203.0.113.9"),
      await from("2001:db8::1"),
      await from("198.51.100.7"),
    ]).toEqual([200, 200, 200]);
    expect([
      await from("198.51.100.8"),
      await from("198.51.100.8", "/.well-known/acme-challenge/x"),
    ]).toEqual([503, 200]);
    const to = JSON.stringify({ host: front.proxy, port: 8080, headers: { host: "localhost" } });
    const script = `require("http").get(${to}, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1))`;
    const inside = await tryDocker(["exec", `${prefix}-one`, "node", "-e", script]);
    expect(inside.code).toBe(0);
    await on(60);
    expect(await from("198.51.100.7")).toBe(503);
  });

  it("outlasts a release, a reload and a restart; the proxy is healthy", async () => {
    expect(await front.use({ ...settings, trustedProxies: [front.network] }, "two")).toBe(
      "servers",
    );
    expect((await ask(front.http, "/")).status).toBe(503);
    const page = 'Nothing "here", 100% $HOME\\n\n';
    expect(await front.use({ ...settings, maintenance: { page } }, "two")).toBe("reload");
    expect((await ask(front.http, "/", { headers: html })).body).toBe(page);
    const before = await status();
    await docker(["restart", front.proxy]);
    await untilHealthy(front.proxy);
    expect(await status()).toEqual(before);
    const port = await publishedPort(front.proxy, 8080); // a free port is chosen at every start
    const answer = await ask(port, "/");
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "60"]);
    await off();
    await until("the app is back", async () => (await ask(port, "/")).status === 200);
  });

  it("refuses an address that HAProxy does not take, and stays as it was", async () => {
    await expect(on(60, "198.51.100.7", "10.0.0.0/99")).rejects.toThrow(
      /HAProxy says: .*10\.0\.0\.0\/99/,
    );
    expect(await status()).toEqual({ on: false });
    const port = await publishedPort(front.proxy, 8080);
    expect((await ask(port, "/")).status).toBe(200);
  });
});

/** The status of a request on an agent's one connection, and whether it was open already. */
function onOne(agent: Agent): Promise<[status: number, reused: boolean]> {
  return new Promise((resolve, reject) => {
    const headers = { host: "localhost" };
    const asked = request({ port: front.http, host: "127.0.0.1", agent, headers }, (answer) => {
      answer.resume();
      answer.on("end", () => {
        resolve([answer.statusCode ?? 0, asked.reusedSocket]);
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}
