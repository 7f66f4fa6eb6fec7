// @module-tag long
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  cleanUp,
  docker,
  exitCode,
  hardened,
  logs,
  publishedPort,
  tryDocker,
  until,
  untilHealthy,
} from "../../support/docker.js";
import {
  buildImages,
  databaseUrl,
  password,
  startDatabase,
  secretLines,
  sql,
  volume,
  writeSecrets,
  type Tags,
} from "../../support/images.js";

const network = "kimg-app-net";
const database = "kimg-app-pg";
let tags: Tags = {};

beforeAll(async () => {
  await cleanUp("kimg-app");
  tags = await buildImages("postgres", "jobs", "sample-app");
  await startDatabase(tags, "kimg-app");
  await volume(tags, "kimg-app-url", 0);
  const url = databaseUrl(database, "postgresql+psycopg");
  await writeSecrets(tags, "kimg-app-url", 10_001, secretLines({ url }));
});
afterAll(() => cleanUp("kimg-app"));

/** Words of a `docker run` of the app, its URL from a file. */
function args(...more: string[]): string[] {
  return [
    "--network",
    network,
    ...hardened,
    "--volume",
    "kimg-app-url:/run/secrets:ro",
    "--env",
    "DATABASE_URL_FILE=/run/secrets/url",
    ...more,
    tags["sample-app"] ?? "",
  ];
}

const migrate = (...more: string[]) =>
  tryDocker(["run", "--rm", ...args(...more), "node", "migrate.js"]);
const tables = () =>
  sql(database, "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_stat_user_tables");

describe("the sample app's migrations", () => {
  it("leave nothing of one that fails, and name it", async () => {
    const { code, stdout } = await migrate("--env", "MIGRATION_FAIL=1");
    expect(code).toBe(1);
    expect(stdout).toContain(
      "migration 9999_fails_on_demand.sql failed and was rolled back: division by zero",
    );
    expect(await tables()).toBe("notes schema_migrations");
  });

  it("are applied once, also by two at the same time", async () => {
    await sql(database, "DROP TABLE notes, schema_migrations");
    const both = await Promise.all([migrate(), migrate()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const applied = both.map(({ stdout }) => stdout.split("migration applied").length - 1);
    expect(applied.sort()).toEqual([0, 2]);
  });

  it("give up on a lock that somebody holds", async () => {
    await sql(
      database,
      "DELETE FROM schema_migrations WHERE name LIKE '0002%'; DROP INDEX notes_created_at",
    );
    const held = sql(database, "BEGIN; LOCK TABLE notes; SELECT pg_sleep(120)").catch(() => "cut");
    await until("the lock is held", async () => {
      const count = await sql(
        database,
        "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'notes'::regclass",
      );
      return count === "1";
    });
    const { code, stdout } = await migrate();
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining("canceling statement due to lock timeout"),
    ]);
    await sql(
      database,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%pg_sleep(120)%'",
    );
    expect(await held).toBe("cut");
    expect((await migrate()).code).toBe(0);
  });
});

describe("the sample app", () => {
  const name = "kimg-app-web";
  let base = "";

  beforeAll(async () => {
    const published = ["--publish", "127.0.0.1::3000", "--publish", "127.0.0.1::1982"];
    const settings = [
      "--env",
      "APP_VERSION=1.2.3",
      "--env",
      "READY_PATH=/readyz",
      "--health-interval",
      "1s",
    ];
    await docker(["run", "--detach", "--name", name, ...args(...published, ...settings)]);
    await untilHealthy(name);
    base = `http://127.0.0.1:${await publishedPort(name, 3000)}`;
  });

  const post = (path: string, body: string) =>
    fetch(base + path, { method: "POST", body, redirect: "manual" });

  it("writes, reads and deletes rows, and says who answered", async () => {
    const made = await post("/api/notes", JSON.stringify({ body: "first" }));
    expect([made.status, made.headers.get("x-app-version")]).toEqual([201, "1.2.3"]);
    const { id } = (await made.json()) as { id: number };
    expect(await (await fetch(`${base}/api/notes/${id}`)).json()).toMatchObject({
      id,
      body: "first",
    });
    expect((await fetch(`${base}/api/notes/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await fetch(`${base}/api/notes/${id}`)).status).toBe(404);
  });

  it("shows on its page what the form was given, as text", async () => {
    const made = await post("/", new URLSearchParams({ body: `<script>"&'` }).toString());
    expect([made.status, made.headers.get("location")]).toEqual([303, "/"]);
    expect(await (await fetch(base)).text()).toContain(
      "<span>&lt;script&gt;&quot;&amp;&#39;</span>",
    );
  });

  it.each([
    ["GET", "/nothing", 404, undefined],
    ["POST", "/slow", 405, ""],
    ["POST", "/api/notes", 400, "{"],
    ["POST", "/api/notes", 400, '{"body":""}'],
    ["POST", "/api/notes", 413, `{"body":"${"x".repeat(70_000)}"}`],
    ["GET", "/slow?ms=x", 400, undefined],
    ["GET", "//", 400, undefined],
    ["GET", "/health", 200, undefined],
    ["GET", "/readyz", 200, undefined],
  ])("answers %s %s with %i", async (method, path, status, body) => {
    expect((await fetch(base + path, { method, body: body ?? null })).status).toBe(status);
  });

  it("counts what is uploaded and what is asked", async () => {
    expect(await (await post("/upload", "x".repeat(3_000_000))).json()).toEqual({
      bytes: 3_000_000,
    });
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toMatch(
      /^http_requests_total\{method="POST",route="\/upload",status="200"\} 1$/m,
    );
  });

  it("echoes over a WebSocket and over raw TCP", async () => {
    const socket = new WebSocket(`${base.replace("http", "ws")}/ws`);
    const heard: string[] = [];
    socket.onopen = () => {
      socket.send("over the web");
    };
    socket.onmessage = ({ data }) => heard.push(String(data));
    await expect.poll(() => heard.at(-1)).toBe("over the web");
    socket.close();
    const line = await new Promise<string>((resolve, reject) => {
      void publishedPort(name, 1982).then((port) => {
        const raw = connect(port, "127.0.0.1", () => raw.write("over the wire\n"));
        raw.on("error", reject);
        raw.on("data", (data) => {
          raw.destroy();
          resolve(data.toString());
        });
      }, reject);
    });
    expect(line).toBe("over the wire\n");
  });

  it("survives an upgrade to nowhere and a database that goes and comes", async () => {
    const socket = new WebSocket(`${base.replace("http", "ws")}//nowhere`);
    await new Promise((resolve) => {
      socket.onerror = resolve;
    });
    await docker(["stop", database]);
    expect((await fetch(`${base}/readyz`)).status).toBe(503);
    expect((await fetch(`${base}/health`)).status).toBe(200);
    await docker(["start", database]);
    await untilHealthy(database);
    await expect
      .poll(async () => (await fetch(`${base}/readyz`)).status, { timeout: 30_000 })
      .toBe(200);
  });

  it("finishes what is in flight when it is stopped, closes its sockets, and ends with 0", async () => {
    const socket = new WebSocket(`${base.replace("http", "ws")}/ws`);
    const closed = new Promise<number>((resolve) => {
      socket.onclose = ({ code }) => {
        resolve(code);
      };
    });
    await new Promise((resolve) => {
      socket.onopen = resolve;
    });
    const slow = fetch(`${base}/slow?ms=5000`);
    await until("the request is in flight", async () => {
      const metrics = await (await fetch(`${base}/metrics`)).text();
      return metrics.includes("http_requests_in_flight 2"); // this one and the slow one
    });
    await docker(["kill", "--signal", "TERM", name]);
    const response = await slow;
    expect([response.status, response.headers.get("connection")]).toEqual([200, "close"]);
    expect(await closed).toBe(1001);
    expect(await exitCode(name)).toBe(0);
  });

  it("logs a JSON object a line, and no secret", async () => {
    const lines = (await logs(name)).trim().split("\n");
    const parsed = lines.map((line) => JSON.parse(line) as { message: string });
    expect(parsed.at(-1)?.message).toBe("stopped");
    const text = lines.join("\n");
    for (const secret of [password, encodeURIComponent(password)])
      expect(text).not.toContain(secret);
  });
});
