// Certificates of a real ACME server: the first, the next ones, and none.
// @module-tag long
import { Agent, request } from "node:https";
import { connect, TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { healthCommand } from "#release/health";
import { externalAccount, startAcmeServer, type AcmeServer } from "../support/acme.js";
import { ask } from "../support/app.js";
import { docker, tryDocker, until } from "../support/docker.js";
import { containerOf, inside } from "../support/inspect.js";
import { Stack } from "../support/stack.js";
import { takePorts } from "../support/claims.js";

const ports = await takePorts("http", "https", "admin");
const domain = "shop.test";
let server: AcmeServer;

const stack = new Stack("test-acme", {
  app: { version: "1" },
  postgres: { adminPort: ports.admin, keepData: false },
  backup: { enabled: false },
  proxy: { domains: [domain, "www.shop.test"], httpPort: ports.http, httpsPort: ports.https },
});

beforeAll(async () => {
  await stack.sweep();
  server = await startAcmeServer("test-acme", ports.http);
  const { directory, ca } = server;
  const account = { keyIdSecret: "EAB_KEY_ID", hmacKeySecret: "EAB_HMAC_KEY" };
  const acme = {
    email: "ops@shop.test",
    agreeTerms: true,
    directory,
    ca,
    externalAccount: account,
  };
  stack.configure({
    proxy: { tls: { mode: "acme", acme } },
    secrets: { EAB_KEY_ID: {}, EAB_HMAC_KEY: {} },
  });
  stack.environment = {
    EAB_KEY_ID: externalAccount.keyId,
    EAB_HMAC_KEY: externalAccount.hmacKey,
  };
});
afterAll(async () => {
  await stack.remove();
  await server.remove();
});

const plain = (path = "/version") => ask(ports.http, path, { headers: { host: domain } });

/** The certificate that a new client gets, and why it would not trust it. */
function handshake(name = domain) {
  return new Promise<{ serial: string; distrust: string }>((resolve, reject) => {
    const to = { host: "127.0.0.1", port: ports.https, servername: name, ca: server.root };
    const socket = connect({ ...to, rejectUnauthorized: false }, () => {
      const { serialNumber: serial } = socket.getPeerCertificate();
      resolve({ serial, distrust: socket.authorized ? "" : String(socket.authorizationError) });
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

const secure = {
  host: "127.0.0.1",
  port: ports.https,
  servername: domain,
  headers: { host: domain },
};

/** Asks over TLS. Returns the status, and the certificate and the port of the connection it went over. */
function askSecurely(agent: Agent) {
  return new Promise<{ status: number | undefined; serial: string; from: number | undefined }>(
    (resolve, reject) => {
      const sent = request({ ...secure, ca: server.root, path: "/version", agent }, (response) => {
        const { socket } = response;
        if (!(socket instanceof TLSSocket)) throw new Error("this was not over TLS");
        const { serialNumber: serial } = socket.getPeerCertificate();
        const answer = { status: response.statusCode, serial, from: socket.localPort };
        response.resume().on("end", () => {
          resolve(answer);
        });
      });
      sent.on("error", reject).end();
    },
  );
}

/** A WebSocket over TLS that has a text echoed whenever it is asked to. */
function webSocket() {
  return new Promise<{ echo: (text: string) => Promise<void>; end: () => void }>(
    (resolve, reject) => {
      const key = {
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
      };
      const headers = { ...secure.headers, ...key, connection: "Upgrade", upgrade: "websocket" };
      const sent = request({ ...secure, ca: server.root, path: "/ws", headers, agent: false });
      sent.on("error", reject).end();
      sent.on("upgrade", (_response, socket) => {
        let got = "";
        socket.on("data", (chunk: Buffer) => (got += chunk.toString("latin1")));
        const echo = async (text: string) => {
          // One short text, masked with zeros.
          socket.write(Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0, ...Buffer.from(text)]));
          await until(`the echo of ${text}`, () => Promise.resolve(got.includes(text)), 10);
        };
        resolve({ echo, end: () => socket.destroy() });
      });
    },
  );
}

const obtain = async (mode: string) =>
  tryDocker(["exec", (await containerOf(stack, "acme")).Id, "obtain-certificate", mode]);
const alert = async () =>
  JSON.parse(await inside(stack, "acme", "cat", "/acme/alerts/shop.test.json")) as Record<
    string,
    unknown
  >;
const files = (workload: "acme" | "proxy") => inside(stack, workload, "ls", "/acme");
/** What certbot's health test says by now; Docker itself looks seldom. */
const health = (what: "healthy" | "unhealthy") =>
  until(`certbot ${what}`, async () => {
    const { Id, Config } = await containerOf(stack, "acme");
    const command = healthCommand(Config.Healthcheck?.Test ?? []) ?? [];
    const { code } = await tryDocker(["exec", Id, ...command]);
    return code === (what === "healthy" ? 0 : 1);
  });

describe("without a certificate", () => {
  it("the deployment fails by name, and keeps no other domain back", async () => {
    await server.know("www.shop.test", false);
    const { code, stdout, stderr } = await stack.keelson("up");
    expect([code, stdout + stderr]).toEqual([
      1,
      expect.stringMatching(
        /no certificate for www\.shop\.test from https:\S+: www\.shop\.test: .+ could not resolve .+ \(connection\)/,
      ),
    ]);
    expect([(await handshake()).distrust, (await plain()).status]).toEqual(["", 308]);
    const dead = "www.shop.test";
    expect((await handshake(dead)).distrust).toMatch(/self.signed/i);
    const overHttp = await ask(ports.http, "/version", { headers: { host: dead } });
    expect(overHttp.status).toBe(200);
    // Neither to a name that is not ours, nor to somebody who asks when nothing is asked.
    const challenge = "/.well-known/acme-challenge/x";
    expect((await plain(challenge)).status).toBe(503);
    expect((await ask(ports.http, challenge)).status).toBe(421);
    await health("unhealthy");
  });
});

describe("a certificate", () => {
  let first = "";

  it("is issued by the next deployment, once the server finds all domains", async () => {
    await server.know("www.shop.test", true);
    await stack.up();
    const { serial, distrust } = await handshake();
    expect([distrust, (await handshake("www.shop.test")).distrust]).toEqual(["", ""]);
    first = serial;
    expect((await plain()).status).toBe(308);
    expect(await files("acme")).toBe("alerts\ncertbot\nlive");
    await health("healthy");
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  it("is the only file of the volume that the proxy may read", async () => {
    const script =
      "cat /acme/live/shop.test.pem >/dev/null && ! ls /acme/certbot && ! ls /acme/alerts && ! touch /acme/live/new && echo so";
    expect(await inside(stack, "proxy", "sh", "-c", script)).toBe("so");
  });

  it("is swapped for the next one without closing a connection", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = await askSecurely(agent);
    const socket = await webSocket();
    await socket.echo("before");
    const { code, stdout, stderr } = await obtain("now");
    expect([code, stdout + stderr]).toEqual([
      0,
      expect.stringMatching(
        /new certificate for shop\.test, valid.+is in service\n.*new certificate for www\.shop\.test/,
      ),
    ]);
    const now = await handshake();
    expect([before.serial, now.distrust]).toEqual([first, ""]);
    expect(now.serial).not.toBe(first);
    // On the connection of before, so still with the certificate of before.
    expect(await askSecurely(agent)).toEqual({ ...before, status: 200 });
    await socket.echo("after");
    socket.end();
    agent.destroy();
    first = now.serial;
  });

  it("that can't be renewed raises an alert, is not asked for in a loop, and lowers it once it can", async () => {
    await server.know(domain, false);
    for (const failures of [1, 2, 3]) {
      const { code, stderr } = await obtain("now");
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/: shop\.test: .+ could not resolve .+ \(connection\)/),
      ]);
      expect(await alert()).toMatchObject({ failures, domains: [domain] });
    }
    await health("unhealthy");
    const { at, retryAt, validUntil, error } = await alert();
    expect(error).toMatch(/^shop\.test: /);
    expect(Date.parse(String(validUntil)) - Date.now()).toBeGreaterThan(89 * 86_400_000);
    expect((Date.parse(String(retryAt)) - Date.parse(String(at))) / 60_000).toBeCloseTo(15, 0);
    await server.know(domain, true);
    expect(await obtain("renewal")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `3 attempts in a row failed, so the next one is not made before ${String(retryAt)}`,
      ) as string,
    });
    expect((await handshake()).serial).toBe(first);
    // What serves is valid: a deployment has nothing to wait for.
    expect(await obtain("first")).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/its last renewal failed/) as string,
    });
    expect(await obtain("now")).toMatchObject({ code: 0, stderr: "" });
    await health("healthy");
    expect(await inside(stack, "acme", "ls", "/acme/alerts")).toBe("");
    const { code, stdout } = await obtain("renewal");
    expect([code, stdout]).toEqual([0, expect.stringContaining("is not due yet")]);
  });

  it("is there after a restart of the proxy, and after the stack was destroyed and made again", async () => {
    const { serial } = await handshake();
    await docker(["restart", (await containerOf(stack, "proxy")).Id]);
    const served = async () => (await handshake().catch(() => undefined))?.serial;
    expect(await until("HTTPS", served)).toBe(serial);
    await stack.must("destroy", "--yes");
    expect((await stack.present()).volumes).toEqual(["e2e-test-acme-certificates"]);
    await stack.up();
    expect(await handshake()).toEqual({ serial, distrust: "" });
    expect((await plain()).status).toBe(308);
  });

  it("is followed by another one when there is one more domain", async () => {
    stack.configure({ proxy: { domains: [domain, "www.shop.test", "api.shop.test"] } });
    const before = await handshake("api.shop.test");
    await stack.up();
    expect([before.distrust, (await handshake("api.shop.test")).distrust]).toEqual([
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "",
    ]);
  });
});
