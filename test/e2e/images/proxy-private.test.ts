import { request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanUp, docker } from "../../support/docker.js";
import { ask, startFront, type Front } from "../../support/front.js";
import { password } from "../../support/proxy.js";

const prefix = "kpxp";
let front: Front;

beforeAll(async () => {
  await cleanUp(prefix);
  front = await startFront(prefix);
});
afterAll(() => cleanUp(prefix));

const elsewhere = ["192.0.2.0/24", "2001:db8::/32"];
const privatePaths = [
  { path: "/metrics", allow: elsewhere },
  { path: "/dev/dashboard", deny: true },
  { path: "/admin", passwordSecret: "ADMIN_PASSWORD" },
];
const basic = (text: string) => ({
  authorization: `Basic ${Buffer.from(`anybody:${text}`).toString("base64")}`,
});

/** Ways to ask for /metrics that some router takes for it, with the answer to a stranger. */
const disguises: [path: string, status: number][] = [
  ["/metrics", 404],
  ["/metrics/app", 404],
  ["/metrics?a=/", 404],
  ["/METRICS", 404],
  ["/metrics.json", 404],
  ["//metrics", 404],
  ["/%6detrics", 404],
  ["/%256detrics", 404],
  ["/metrics%2fapp", 404],
  ["/metrics%3fa", 404],
  ["/metrics%23a", 404],
  ["/metrics;a=b", 404],
  ["/;a/metrics", 404],
  ["/metrics%20", 404],
  ["/%09metrics", 404],
  ["/\\metrics", 404],
  ["/%5cmetrics", 404],
  ["/%6detrics/%25zz", 404],
  ["http://localhost/metrics", 404],
  ["/x/../metrics", 400],
  ["/x/%2e%2e/metrics", 400],
  ["/x/..%2fmetrics", 400],
  ["/x/..;/metrics", 400],
  ["/x/%252e%252e/metrics", 400],
  ["/./metrics", 400],
  ["/metrics%00", 400],
  ["/%c0%afmetrics", 400],
  ["/metrics%", 400],
  ["/metrics%zz", 400],
  ["/%256detrics/%25zz", 400],
];

describe("a private path", () => {
  beforeAll(async () => {
    expect(await front.check({ privatePaths })).toBe("");
    await front.use({ privatePaths, tls: { mode: "self-signed" }, redirects: { https: false } });
  });

  it.each(disguises)("is not there for strangers as %s", async (path, status) => {
    const answer = await ask(front.http, path);
    expect([answer.status, answer.body]).toEqual([
      status,
      status === 404 ? "Not found.\n" : "The path is malformed.\n",
    ]);
  });

  it("is not there over HTTP/2 either", async () => {
    const session = connectHttp2(`https://localhost:${String(front.https)}`, {
      rejectUnauthorized: false,
    });
    const over = (path: string) =>
      new Promise<number>((resolve, reject) => {
        const stream = session.request({ ":path": path });
        stream.on("response", (headers) => {
          resolve(Number(headers[":status"]));
        });
        stream.on("error", reject);
        stream.resume();
      });
    // An address in the place of a path is refused by HAProxy itself there.
    const paths = disguises.filter(([path]) => path.startsWith("/") && !path.includes("\\"));
    const found = await Promise.all(paths.map(([path]) => over(path)));
    session.close();
    expect(found).toEqual(paths.map(([, status]) => status));
  });

  it.each(["/", "/metricsx", "/a%20b", "/a%2Fb", "/a%252Fb", "/100%25", "/dev", "/.well-known/x"])(
    "hides nothing of %s",
    async (path) => {
      expect((await ask(front.http, path)).status).toBe(200);
    },
  );

  it("opens no tunnel past itself", async () => {
    const upgrade = async (protocol: string) => {
      const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: protocol };
      const more = { "http2-settings": "AAMAAABkAARAAAAAAAIAAAAA" };
      return (await ask(front.http, "/echo", { headers: { ...headers, ...more } })).status;
    };
    expect(await Promise.all(["h2c", "H2C", "TLS/1.0, h2c"].map(upgrade))).toEqual([200, 200, 200]);
    expect(await tunnelTo(front.http, "localhost:3000")).toBe(405);
  });

  it("is denied to everybody outside, and there for the stack's own containers", async () => {
    expect((await ask(front.http, "/dev/dashboard/home")).status).toBe(404);
    const inside = (path: string) =>
      docker([
        ...["exec", front.proxy, "curl", "--silent", "--output", "/dev/null"],
        ...["--write-out", "%{http_code}", "--header", "Host: localhost"],
        `http://${front.proxy}:8080${path}`,
      ]);
    expect(await inside("/dev/dashboard")).toBe("200");
    expect(await inside("/metrics")).toBe("200");
    expect(await inside("/admin")).toBe("200");
  });

  it("asks for a password, and keeps it from the app", async () => {
    const without = await ask(front.http, "/admin");
    expect([without.status, without.headers["www-authenticate"]]).toEqual([
      401,
      'Basic realm="private", charset="UTF-8"',
    ]);
    const given = (text: string) => ask(front.http, "/admin/users", { headers: basic(text) });
    expect((await given("something else")).status).toBe(401);
    expect((await given("")).status).toBe(401);
    const { status, body } = await given(password);
    const { headers } = JSON.parse(body) as { headers: Record<string, string> };
    expect([status, headers["authorization"]]).toEqual([200, undefined]);
    // Elsewhere the header is the app's.
    const other = await ask(front.http, "/echo", { headers: basic("for the app") });
    expect(other.body).toContain(basic("for the app").authorization);
  });
});

describe("who may ask", () => {
  it("goes by address, behind a trusted proxy by the client's", async () => {
    await front.use({ privatePaths: [{ path: "/metrics", allow: [front.network] }] });
    expect((await ask(front.http, "/metrics")).status).toBe(200);
    await front.use({ privatePaths, trustedProxies: [front.network] });
    const from = async (client: string) =>
      (await ask(front.http, "/metrics", { headers: { "x-forwarded-for": client } })).status;
    expect([await from("192.0.2.7"), await from("203.0.113.7"), await from("2001:db8::7")]).toEqual(
      [200, 404, 200],
    );
    // A container's address, of which a trusted proxy only tells.
    const inside = front.network.replace(/\d+\/\d+$/, "200");
    expect(await from(inside)).toBe(404);
  });

  it("is not counted by a rate limit where it is nobody, and is where it guesses", async () => {
    const rateLimits = [{ path: "/", requests: 3, per: "5m" }];
    await front.use({ privatePaths, rateLimits });
    const statuses: number[] = [];
    for (const path of ["/metrics", "/metrics", "/metrics", "/admin", "/admin", "/admin", "/"]) {
      statuses.push((await ask(front.http, path)).status);
    }
    expect(statuses).toEqual([404, 404, 404, 401, 401, 401, 429]);
  });
});

/** The status that a CONNECT is answered with. Node hands any answer to one over as a connection. */
function tunnelTo(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: "127.0.0.1",
      port,
      method: "CONNECT",
      path,
      // HAProxy refuses one of another name as malformed.
      headers: { host: path },
    });
    sent.on("connect", ({ statusCode = 0 }, socket) => {
      socket.destroy();
      resolve(statusCode);
    });
    sent.on("error", reject);
    sent.end();
  });
}
