// The migration of a release: one at a time, patient with locks, not twice, and with a way back.
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { reveal } from "#engine/values";
import { ask, writeNote } from "../support/app.js";
import { Command } from "../support/command.js";
import { docker, logs, until } from "../support/docker.js";
import { containerOf, inside } from "../support/inspect.js";
import { long } from "../support/long.js";
import { Server } from "../support/roles.js";
import { engine, Stack } from "../support/stack.js";
import { takePorts } from "../support/claims.js";

const ports = await takePorts("http", "admin");
const own = ["node", "migrate.js"];

const stack = new Stack("test-mig", {
  app: { env: { TURN: "0" }, migrate: { command: own, lockTimeout: "1s", lockPause: "1s" } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
});
const server = new Server(stack, ports.admin, "e2e_local");
const step = "e2e-test-mig-app-migrate";

/** A migration that is one SQL text. */
function migration(sql: string): string[] {
  const script =
    'import { connect } from "./lib/db.js"; import { readSettings } from "./lib/settings.js"; ' +
    "const client = await connect(readSettings()); " +
    "try { await client.query(process.argv[1]); } " +
    "catch (error) { console.error(error.code, error.message); process.exitCode = 1; } " +
    "finally { await client.end(); }";
  return ["node", "--input-type=module", "--eval", script, sql];
}

/** `keelson up` with other settings of the migration; how it ended and all that it and the migration printed. */
async function upWith(migrate: object, env: object = {}) {
  stack.configure({ app: { migrate, env } });
  const { code, stdout, stderr } = await stack.keelson("up");
  return { code, text: stdout + stderr + (await kept(code)) };
}

/** Of a step that succeeds, Pulumi's command line shows the last line alone; the state has them all. */
async function kept(code: number): Promise<string> {
  if (engine === "embedded" || code !== 0) return "";
  const { resources } = await stack.state();
  const outputs = resources.find(({ urn }) => urn.endsWith(`::${step}`))?.outputs ?? {};
  return ["stdout", "stderr"].map((name) => reveal(outputs[name] ?? "") as string).join("\n");
}

const sessions: Client[] = [];
/** A session of the superuser that others will have to wait for. */
async function holding(name: string, ...statements: string[]): Promise<Client> {
  const login = await server.login("postgres");
  const at = { host: "127.0.0.1", port: ports.admin, database: server.database };
  const client = new Client({
    ...at,
    ...login,
    application_name: name,
    password: login.password ?? "",
  });
  client.on("error", () => undefined);
  sessions.push(client);
  await client.connect();
  // On a slow machine it holds on for longer than the server lets others.
  await client.query("SET idle_in_transaction_session_timeout = 0");
  for (const each of statements) await client.query(each);
  return client;
}

const app = async () => (await containerOf(stack, "app")).Id;
const passed = async () => {
  const rows = await server.as("migrator", "SELECT migration FROM keelson.migrations ORDER BY id");
  return rows.map(({ migration: text }) => String(text));
};
const rows = async (sql: string) => (await server.as("postgres", sql)).length;
const waiting =
  "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename LIKE '%migrator'";

beforeAll(() => stack.sweep());
afterEach(async () => {
  for (const each of sessions.splice(0)) await each.end();
});
afterAll(() => stack.remove());

describe("the migration of a release", () => {
  it("runs once, after a restore point in the WAL, and not again for other variables", async () => {
    const first = await upWith({});
    expect([first.code, first.text]).toEqual([
      0,
      expect.stringMatching(/"up to date|schema is up to date/),
    ]);
    const point = /restore point (before-0\.0\.0-\d{8}T\d{6}Z) made in \d+ s/.exec(first.text)?.[1];
    expect(await logs((await containerOf(stack, "postgres")).Id)).toContain(
      `restore point "${String(point)}" created at`,
    );
    const before = await app();
    const second = await upWith({}, { TURN: "1" });
    expect([second.code, second.text]).toEqual([
      0,
      expect.stringMatching(/not run: this one passed on \S+ \S+ UTC \(same image, same command\)/),
    ]);
    expect(await app()).not.toBe(before);
    expect(await passed()).toHaveLength(1);
    // What it keeps is not the app's to see or to change.
    const verdict = await server.verdict(
      await server.login("app"),
      "DELETE FROM keelson.migrations",
    );
    expect(verdict).toBe("42501");
  });

  it("waits for another one, and then says who is at it", long, async () => {
    const before = await app();
    const other = await holding(
      "keelson: ann@desk migrates to 9",
      "SELECT pg_advisory_lock(1801807212, 1)",
    );
    const [{ pid }] = (await other.query<{ pid: number }>("SELECT pg_backend_pid() AS pid"))
      .rows as [{ pid: number }];
    const { code, text } = await upWith({ command: migration("SELECT 1"), lockWait: "2s" });
    expect(code).toBe(1);
    expect(text).toContain(
      "waiting up to 2 s for another migration: keelson: ann@desk migrates to 9",
    );
    expect(text).toMatch(
      new RegExp(
        `did not end within 2 s: keelson: ann@desk migrates to 9 \\(pid ${pid}, since \\S+ \\S+ UTC\\)`,
      ),
    );
    expect(await app()).toBe(before);
  });

  it("tries again while somebody holds a lock, and past the limit says who", long, async () => {
    const before = await app();
    const settings = { command: migration("ALTER TABLE notes ADD COLUMN IF NOT EXISTS more int") };
    // Who reads is in the way of nobody else.
    await holding("nightly report", "BEGIN", "SELECT FROM notes");
    const { code, text } = await upWith({ ...settings, lockWait: "5m", lockRetries: 1 });
    expect(code).toBe(1);
    expect(text).toMatch(
      /migration: it waited too long for a lock: AccessExclusiveLock of notes, held by pid \d+ \(nightly report, postgres, idle in transaction, query age \d+ s\); retry 1 of 1 in 1 s/,
    );
    expect(text).toMatch(/held by pid \d+ \(nightly report.*; tried 2 times/);
    expect(text).toMatch(/the last 50 log lines of e2e-test-mig-app-migrate:\n.*55P03/);
    expect([await app(), (await ask(ports.http, "/version")).status]).toEqual([before, 200]);

    const again = upWith({ lockRetries: 50 });
    await until("it waits", async () => (await rows(waiting)) > 0, 120);
    await until("it has given up once", async () => (await rows(waiting)) === 0);
    for (const each of sessions.splice(0)) await each.end();
    const { code: ended, text: told } = await again;
    expect([ended, told]).toEqual([0, expect.stringMatching(/retry 1 of 50 in 1 s/)]);
    expect(told).toMatch(/migration: passed in \d+ s/);
  });

  it(
    "that was killed leaves no lock, and what is left of it is in nobody's way",
    long,
    async () => {
      stack.configure({ app: { migrate: { command: migration("SELECT pg_sleep(600)") } } });
      const sleeping = "SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'";
      const command = new Command(stack, ["up"]);
      await command.reaches("it sleeps", async () => (await rows(sleeping)) > 0);
      await command.kill();
      const orphan = await docker(["inspect", "--format", "{{.Id}}", step]);
      const { code, text } = await upWith({ command: migration("SELECT 1") });
      expect([code, text]).toEqual([0, expect.stringMatching(/migration: passed in/)]);
      const { containers } = await stack.present();
      expect(containers).not.toContain(orphan);
      expect(containers).toHaveLength(5);
    },
  );

  it("runs again in a database that was emptied", long, async () => {
    await server.as(
      "postgres",
      "DROP SCHEMA keelson CASCADE",
      "DROP TABLE notes, schema_migrations",
    );
    // Its image and command have passed before; a new container of the app would only take time.
    const { code, text } = await upWith({ command: own });
    expect([code, text]).toEqual([0, expect.stringMatching(/migration applied/)]);
    expect(await writeNote(ports.http, "afresh")).toBe(1);
  });

  it(
    "that fails empties the database where the settings say so, and there is a dump of before",
    long,
    async () => {
      await server.as(
        "migrator",
        "CREATE SCHEMA extra",
        "CREATE TABLE extra.t (id int)",
        "CREATE TYPE mood AS ENUM ('ok')",
        "CREATE TABLE stale (id int GENERATED ALWAYS AS IDENTITY, mood mood)",
        "CREATE VIEW seen AS SELECT * FROM stale",
        "CREATE FUNCTION moods(m mood) RETURNS int LANGUAGE sql AS 'SELECT 1'",
      );
      const make =
        "CREATE TABLE notes (id bigserial, body text, created_at timestamptz DEFAULT now())";
      const { code, text } = await upWith({
        command: migration(make),
        dumpBefore: true,
        resetOnFailure: true,
      });
      expect([code, text]).toEqual([
        0,
        expect.stringMatching(/42P07 relation "notes" already exists/),
      ]);
      expect(text).toContain("EMPTYING THE DATABASE e2e_local, ALL ITS DATA IS LOST");
      const dump = /dump (e2e_local-\S+\.dump) made in/.exec(text)?.[1];
      const held = await inside(
        stack,
        "backup",
        "pg_restore",
        "--list",
        `/backups/${String(dump)}`,
      );
      expect(held).toMatch(/TABLE DATA extra t /);
      const left =
        "SELECT nspname || '.' || relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace " +
        "WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND relkind IN ('r', 'v') ORDER BY 1";
      expect((await server.as("postgres", left)).map(({ name }) => name)).toEqual([
        "keelson.baselines",
        "keelson.migrations",
        "public.notes",
      ]);
      // The app has its rights on what is recreated.
      expect(await writeNote(ports.http, "fresh")).toBe(1);
    },
  );
});
