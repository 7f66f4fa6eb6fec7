// TLS of the database's server, there and back; a database restored alongside; a migration run again; a volume's owner.
// @module-tag long
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Inventory } from "#cli/documents/backups";
import { ask, writeNote } from "../support/app.js";
import { takePorts } from "../support/claims.js";
import { buildImage, docker, tryDocker, until } from "../support/docker.js";
import { superuser } from "../support/dumps.js";
import { containerOf } from "../support/inspect.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "admin");
const database = "e2e-tls_local";
const verified = { sslmode: "verify-full", sslrootcert: "/run/secrets/DATABASE_CA" };
const plain = {
  app: {
    name: "e2e-tls",
    image: "e2e-tls:1",
    version: "1",
    gitSha: "aaaa111",
    volumes: [{ name: "uploads", path: "/app/uploads" }],
  },
  postgres: { adminPort: ports.admin, tls: false },
  proxy: { httpPort: ports.http },
  database: { more: { queue: {} } },
};
const stack = new Stack("test-tls", plain);

beforeAll(async () => {
  await stack.sweep();
  const base = await buildImage("sample-app");
  // As most Dockerfiles make a folder for uploads: it is root's.
  const text = `FROM ${base}\nUSER root\nRUN mkdir uploads && echo seed >uploads/seed\nUSER 10001:10001\n`;
  await docker(["build", "--quiet", "--tag", "e2e-tls:1", "-"], text);
});
afterAll(async () => {
  await stack.remove();
  await tryDocker(["image", "rm", "e2e-tls:1"]);
});

const server = async () => (await containerOf(stack, "postgres")).Id;
const app = async () => (await containerOf(stack, "app")).Id;
const inServer = async (sql: string, of = database) =>
  (await superuser(await server(), of, sql)).trim();
const inPostgres = async (script: string) => docker(["exec", await server(), "bash", "-c", script]);

/** How the app's connections come in. */
const encrypted = () =>
  inServer(
    `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = '${database}_app'`,
  );
const serial = () =>
  inPostgres(
    "openssl s_client -starttls postgres -connect 127.0.0.1:5432 </dev/null 2>/dev/null | openssl x509 -noout -serial",
  );

let [before, first] = ["", ""];

describe("a volume over a folder that the image owns as root", () => {
  it("has what the image has there, and is the app's user's", async () => {
    await stack.up();
    before = JSON.stringify((await containerOf(stack, "postgres")).Config.Cmd);
    const script = "cat uploads/seed; echo more >uploads/more; stat -c %u:%g uploads uploads/seed";
    const said = await docker(["exec", await app(), "sh", "-c", script]);
    expect(said.split("\n")).toEqual(["seed", "10001:10001", "10001:10001"]);
  });
});

describe("TLS of the database's server", () => {
  it("is verified by the app, by name", async () => {
    await writeNote(ports.http, "kept");
    expect(await encrypted()).toBe("f");
    stack.configure({
      app: { variables: { databaseCa: "DATABASE_CA" }, databaseUrlParameters: verified },
      postgres: { tls: true },
    });
    await stack.up();
    expect((await ask(ports.http, "/ready")).status).toBe(200);
    await until(
      "all of the app's connections are encrypted",
      async () => (await encrypted()) === "t",
    );
  });

  it("has another certificate after a renewal, with no restart and nothing lost", async () => {
    const [old, { StartedAt }] = [await serial(), (await containerOf(stack, "postgres")).State];
    await inPostgres("server-certificate --renew");
    await until("the server shows its new certificate", async () => (await serial()) !== old);
    expect((await containerOf(stack, "postgres")).State.StartedAt).toBe(StartedAt);
    expect((await ask(ports.http, "/ready")).status).toBe(200);
  });
});

describe("keelson restore --into", () => {
  const rows = (of: string) => inServer("SELECT body FROM notes ORDER BY id", of);

  it("makes a database of a dump alongside the live one, lists it and removes it", async () => {
    await stack.must("backup now", "--type", "dump");
    const { dumps } = JSON.parse(await stack.must("backups", "--json")) as Inventory;
    await inServer("DELETE FROM notes");
    const args = ["--dump", dumps.at(-1)?.file ?? "", "--into", "lost_rows"];
    await stack.must("restore", ...args);
    expect([await rows("lost_rows"), await rows(database)]).toEqual(["kept", ""]);
    const again = await stack.keelson("restore", ...args);
    expect(again.stderr + again.stdout).toContain("there is a database lost_rows");
    expect(again.code).toBe(1);
    await stack.must("restore", ...args, "--replace");
    const listed = await stack.must("restore", "--list", "--json");
    expect(JSON.parse(listed.trim().split("\n").at(-1) ?? "")).toMatchObject([
      { database: "lost_rows", asked: dumps.at(-1)?.file },
    ]);
    await stack.must("restore", "--discard", "--into", "lost_rows", "--yes");
    expect(await stack.must("restore", "--list")).toContain("No restore has made a database");
  });

  it("refuses a name that is another database's", async () => {
    const { dumps } = JSON.parse(await stack.must("backups", "--json")) as Inventory;
    await inServer("CREATE DATABASE somebodys", "postgres");
    const args = ["--dump", dumps.at(-1)?.file ?? "", "--into", "somebodys", "--replace"];
    const { code, stdout, stderr } = await stack.keelson("restore", ...args);
    expect(stdout + stderr).toContain("there is a database somebodys, which no restore has made");
    expect(code).toBe(1);
  });
});

describe("a further database", () => {
  const queue = `${database}_queue`;
  const asApp = async (sql: string) => {
    const { stdout } = await stack.keelson("psql", "queue", "--as", "app", "--", "-Atc", sql);
    return stdout.trim();
  };

  it("has a URL for the app, and roles of its own", async () => {
    const url = await docker(["exec", await app(), "cat", "/run/secrets/QUEUE_DATABASE_URL"]);
    expect(new URL(url).pathname).toBe(`/${queue}`);
    expect(new URL(url).username).toBe(`${queue}_app`);
    const sql = ["-Atc", "CREATE TABLE tasks (id int); INSERT INTO tasks VALUES (1), (2)"];
    await stack.must("psql", "queue", "--as", "owner", "--", ...sql);
    expect(await asApp("SELECT count(*) FROM tasks")).toBe("2");
    const other = await stack.keelson(
      "psql",
      queue,
      "--as",
      "app",
      "--",
      "-Atc",
      "DROP TABLE tasks",
    );
    expect(other.stderr).toContain("must be owner of table tasks");
  });

  it("is dumped with the first one, and restored alongside", async () => {
    await stack.must("backup now", "--type", "dump");
    const { further = [] } = JSON.parse(await stack.must("backups", "--json")) as Inventory;
    const dump = further.at(-1);
    expect(dump).toMatchObject({ database: queue, rows: 2 });
    const refused = await stack.keelson("restore", "--yes", "--dump", dump?.file ?? "");
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining("is of a further database, whose dumps are restored alongside"),
    ]);
    await stack.must("restore", "--dump", dump?.file ?? "", "--into", "tasks_back");
    expect(await inServer("SELECT count(*) FROM tasks", "tasks_back")).toBe("2");
    await stack.must("restore", "--discard", "--into", "tasks_back", "--yes");
  });

  it("is looked for under its old name where the settings say another one", async () => {
    stack.configure({ database: { more: { queue: { name: "elsewhere" } } } });
    const { code, stdout, stderr } = await stack.keelson("up");
    expect([code, stdout + stderr]).toEqual([
      1,
      expect.stringContaining(`Set database.more.queue.name to ${queue}`),
    ]);
    stack.configure({ database: { more: { queue: { name: queue } } } });
    await stack.up();
    expect(await asApp("SELECT count(*) FROM tasks")).toBe("2");
  });
});

describe("keelson migrate", () => {
  it("runs the live image's migration again, and records it", async () => {
    const count = () =>
      inServer("SELECT count(*) FROM keelson.migrations WHERE passed_at IS NOT NULL");
    const had = Number(await count());
    const said = await stack.must("migrate", "--yes");
    expect(said).toContain("and runs once more");
    expect(Number(await count())).toBe(had + 1);
    const runs = JSON.parse(await stack.must("run", "--list", "--json")) as unknown[];
    expect(runs[0]).toMatchObject({ command: ["node", "migrate.js"], as: "migrator", code: 0 });
  });
});

describe("TLS that is switched off again", () => {
  it("leaves the server as it was before", async () => {
    first = await app();
    stack.replace({
      ...stack.settings,
      app: { ...plain.app, stopTimeout: "10s" },
      postgres: plain.postgres,
    });
    await stack.up();
    expect(JSON.stringify((await containerOf(stack, "postgres")).Config.Cmd)).toBe(before);
    expect(await app()).not.toBe(first);
    expect((await ask(ports.http, "/ready")).status).toBe(200);
    await until("none of the app's connections is", async () => (await encrypted()) === "f");
    expect((await stack.up()).changes).toMatchObject({ create: 0, update: 0, replace: 0 });
  });
});
