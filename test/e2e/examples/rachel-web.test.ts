// A game server: forced HTTPS, WebSockets and a raw TCP protocol, its migrations run by its release's own command.
// @module-tag long
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takePorts } from "../../support/claims.js";
import { askSite, built, Example, underLoad } from "../../support/example.js";

const ports = await takePorts("http", "https", "tcp", "admin");
const site = { port: ports.https, tls: true };
const example = new Example("rachel-web", {
  postgres: { adminPort: ports.admin },
  proxy: {
    httpPort: ports.http,
    httpsPort: ports.https,
    tcp: [{ port: ports.tcp, target: 1982 }],
  },
  release: { drain: "5s", watch: { window: "3s" } },
});

beforeAll(async () => {
  await Promise.all([built(), example.stack.sweep()]);
  await example.up("1.0.0");
});
afterAll(() => example.remove());

const games = async () =>
  (JSON.parse((await askSite("/games", site)).body) as { games: number }).games;

/** Sends a line over the raw protocol; what comes back. */
function rawLine(line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(ports.tcp, "127.0.0.1");
    socket.on("error", reject);
    socket.setTimeout(10_000, () => socket.destroy(new Error("no line within 10 s")));
    socket.on("data", (data) => {
      socket.end();
      resolve(data.toString());
    });
    socket.write(line);
  });
}

describe("rachel-web", () => {
  it("answers as its guide says", async () => {
    const { status, body } = await askSite("/health", site);
    expect([status, JSON.parse(body)]).toMatchObject([
      200,
      {
        status: "healthy",
        version: "1.0.0",
        checks: { database: { status: "pass" }, application: { status: "pass" } },
      },
    ]);
    const plain = await askSite("/games", { port: ports.http });
    expect([plain.status, plain.headers["location"]]).toEqual([
      308,
      `https://localhost:${String(ports.https)}/games`,
    ]);
    expect((await askSite("/dev/dashboard", site)).status).toBe(404);
    expect(await rawLine("hello\n")).toBe("hello\n");
  });

  it("limits how often a client logs in", async () => {
    const asked = Array.from({ length: 12 }, () =>
      askSite("/users/log_in", { ...site, method: "POST" }),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
  });

  it("is released with a migration, and taken back to, and no request is lost", async () => {
    await askSite("/games", { ...site, method: "POST" });
    const { done, failed } = await underLoad(
      [
        ["/health", site, 200],
        ["/games", site, 200],
        ["/games", { ...site, method: "POST" }, 201],
      ],
      async () => {
        example.edit("migrate.mjs", (text) =>
          text.replace(/,?\s*\]\);/, ', "alter table games add column name text"]);'),
        );
        await example.up("1.1.0");
        expect(JSON.parse((await askSite("/health", site)).body)).toMatchObject({
          version: "1.1.0",
        });
        await example.must("rollback", "--keep-data", "--yes");
        expect(JSON.parse((await askSite("/health", site)).body)).toMatchObject({
          version: "1.0.0",
        });
      },
    );
    expect([failed, done > 100]).toEqual([[], true]);
  });

  it("is refused where a required variable is missing, and goes on serving", async () => {
    example.stack.configure({ app: { secrets: ["SENTRY_DSN"] } });
    const { code, stdout, stderr } = await example.keelson("up");
    expect([code, stdout + stderr]).toEqual([1, expect.stringMatching(/SECRET_KEY_BASE/)]);
    expect((await askSite("/health", site)).status).toBe(200);
    example.stack.configure({
      app: { secrets: ["SECRET_KEY_BASE", "SENTRY_DSN", "MAILGUN_API_KEY"] },
    });
    await example.up("1.0.0");
  });

  it("is restored to a dump", async () => {
    const before = await games();
    const dump = await example.dumped();
    await askSite("/games", { ...site, method: "POST" });
    await example.must("restore", "--dump", dump, "--yes");
    expect(await games()).toBe(before);
  });
});
