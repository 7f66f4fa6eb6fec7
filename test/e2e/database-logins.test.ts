// The passwords of the app's and the migrator's roles are rotated under load; what fails, is taken back or restored has its own.
// @module-tag long
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Inventory } from "#cli/documents/backups";
import { ask, readNote, writeNote } from "../support/app.js";
import { takePorts } from "../support/claims.js";
import { until } from "../support/docker.js";
import { passwordsOf, Server, type Login } from "../support/roles.js";
import { Stack } from "../support/stack.js";
import { traffic } from "../support/traffic.js";

const ports = await takePorts("http", "tcp", "admin");
const database = "e2e_local";
const stack = new Stack("test-logins", {
  app: { health: { startPeriod: "1s" }, env: { FAULT: "none" } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
  release: { drain: "3s" },
});
const server = new Server(stack, ports.admin, database);
/** The code by which PostgreSQL refuses a wrong password, and to any password of a login that has none. */
const refused = "28P01";
/** A release on a busy host, and another run of the engine. */
const patient = { timeout: 600_000 };
const unchanged = { create: 0, update: 0, replace: 0, delete: 0 };

/** A login as the state has it. */
async function login(role: string, number = 1): Promise<Login> {
  const suffix = number === 1 ? "" : number.toString();
  const joined = (separator: string) => (suffix === "" ? "" : `${separator}${suffix}`);
  const password = (await passwordsOf(stack)).get(`database-${role}-password${joined("-")}`);
  expect(password, `a password of ${role} ${number.toString()}`).toMatch(/^[A-Za-z0-9]{32}$/);
  return { user: `${database}_${role}${joined("_")}`, password };
}

const works = (each: Login) => server.verdict(each, "SELECT count(*) FROM notes");

/** Logins in the server besides the roles themselves. */
async function second(): Promise<unknown[]> {
  const rows = await server.as(
    "postgres",
    `SELECT rolname FROM pg_roles WHERE rolname ~ '^${database}_.*_[0-9]+$' ORDER BY 1`,
  );
  return rows.map(({ rolname }) => rolname);
}

/** Rotates a role's login by its two steps; the logins before and after it. */
async function rotate(role: "app" | "migrator", from: number) {
  const before = await login(role, from);
  await stack.must("secrets rotate", `database.${role}`);
  const after = await login(role, from + 1);
  expect(await Promise.all([works(before), works(after)])).toEqual(["allowed", "allowed"]);
  await stack.must("secrets rotate", `database.${role}`, "--finish");
  expect(await Promise.all([works(before), works(after)])).toEqual([refused, "allowed"]);
  return { before, after };
}

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

/** Does something under the load of every kind of client, none of which may fail. */
async function underLoad<T>(act: () => Promise<T>): Promise<T> {
  const clients = traffic(ports);
  try {
    return await act();
  } finally {
    const { failed, done } = await clients.stop();
    expect(failed).toEqual([]);
    expect(Math.min(...Object.values(done))).toBeGreaterThan(0);
  }
}

describe("the password of a role", () => {
  it(
    "is rotated under load without a failed request, and the old one is refused afterwards",
    patient,
    async () => {
      await server.as(
        "postgres",
        `ALTER ROLE ${database}_app IN DATABASE ${database} SET search_path = '$user', public, "of it"`,
      );
      const own = await login("app");
      const { before, after } = await underLoad(() => rotate("app", 1));
      expect(before).toEqual(own);
      expect(await second()).toEqual([`${database}_app_2`]);
      // A login does not inherit what somebody has set for its role.
      expect(await server.run(after, ["SHOW search_path"])).toEqual([
        { search_path: '"$user", public, "of it"' },
      ]);
    },
  );

  it("is rotated for the migrator as well", patient, async () => {
    await underLoad(() => rotate("migrator", 1));
    expect(await second()).toEqual([`${database}_app_2`, `${database}_migrator_2`]);
  });

  it("is rotated again, and the login of before is gone from the server", patient, async () => {
    await underLoad(() => rotate("app", 2));
    expect(await second()).toEqual([`${database}_app_3`, `${database}_migrator_2`]);
    expect((await stack.up()).changes).toMatchObject(unchanged);
  });

  it("is what people connect by, and what it makes belongs to the owner whatever its session did", async () => {
    const made = await stack.must(
      "psql",
      "--as",
      "owner",
      "--",
      "-Atqc",
      "CREATE TABLE made (); SELECT session_user, tableowner FROM pg_tables WHERE tablename = 'made'",
    );
    expect(made.trim()).toBe(`${database}_migrator_2|${database}_owner`);
    const app = await login("app", 3);
    expect(await server.verdict(app, "DISCARD ALL", "SELECT count(*) FROM notes")).toBe("allowed");
    expect(await server.verdict(app, "DROP TABLE made")).toBe("42501");
  });

  it(
    "has both values where the release fails, and taken back the ones of before",
    patient,
    async () => {
      const logins = { app: { rotation: 3 }, migrator: { rotation: 2 } };
      stack.configure({ app: { env: { FAULT: "smoke" } }, database: { logins } });
      await underLoad(async () => {
        const rotated = await stack.keelson("secrets rotate", "database.app");
        expect([rotated.code, rotated.stdout]).toEqual([
          1,
          expect.stringContaining("The rotation of database.app is not complete"),
        ]);
        const both = await Promise.all([login("app", 3), login("app", 4)]);
        expect(await Promise.all(both.map(works))).toEqual(["allowed", "allowed"]);
        // As if nothing had ever been rotated: the roles log in themselves again.
        stack.replace({ ...stack.settings, database: {} });
        stack.configure({ app: { env: { FAULT: "none" } } });
        await stack.up();
        expect(await Promise.all(both.map(works))).toEqual([refused, refused]);
      });
      expect((await stack.up()).changes).toMatchObject(unchanged);
      expect(await second()).toEqual([]);
      expect(await works(await login("app"))).toBe("allowed");
    },
  );
});

describe("a restore to before a rotation", () => {
  it("has the logins of now, and none of then", patient, async () => {
    const inventory = async () => JSON.parse(await stack.must("backups", "--json")) as Inventory;
    await until(
      "a window",
      async () => {
        await server.as("postgres", "SELECT pg_switch_wal()");
        return (await inventory()).window.from !== null;
      },
      120,
      500,
    );
    const note = await writeNote(ports.http, "before");
    const [{ at } = {}] = await server.as(
      "postgres",
      `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`,
    );
    const { before, after } = await rotate("app", 1);
    await stack.must("restore", "--at", String(at), "--yes");
    expect(await readNote(ports.http, note)).toBe("before");
    expect((await ask(ports.http, "/")).status).toBe(200);
    expect(await Promise.all([works(before), works(after)])).toEqual([refused, "allowed"]);
    expect((await stack.up("--refresh")).changes).toMatchObject(unchanged);
    await stack.must("restore", "--undo", "--yes");
    expect(await Promise.all([works(before), works(after)])).toEqual([refused, "allowed"]);
  });
});
