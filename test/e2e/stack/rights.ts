import { beforeAll, describe, expect, it } from "vitest";
import { containerOf, inside } from "../../support/inspect.js";
import { tryDocker } from "../../support/docker.js";
import { database, server, stack } from "./shared.js";

// What PostgreSQL answers.
const refused = "42501";
const readOnly = "25006";
const noLogin = "28000";
const noPassword = "28P01";

const logins = ["migrator", "app", "readonly", "backup", "monitor"] as const;
const writes = [
  "INSERT INTO rights (body) VALUES ('x')",
  "UPDATE rights SET body = 'y'",
  "DELETE FROM rights",
  "TRUNCATE rights",
];
const ddl = [
  "CREATE TABLE mine (id int)",
  "ALTER TABLE rights ADD COLUMN more int",
  "DROP TABLE rights",
  "CREATE INDEX ON rights (body)",
  "CREATE SCHEMA mine",
  "CREATE EXTENSION hstore",
  "CREATE ROLE mine",
];

/** What each statement comes to for a role, in the order of the statements. */
async function verdicts(role: string, statements: readonly string[], first: string[] = []) {
  const login = await server.login(role);
  const found: string[] = [];
  for (const each of statements) found.push(await server.verdict(login, ...first, each));
  return found;
}

const each = (statements: readonly string[], verdict: string) => statements.map(() => verdict);

/** Each role can do what it should, and not what it should not. */
export function rights(): void {
  describe("the role", () => {
    beforeAll(async () => {
      await server.as(
        "migrator",
        "CREATE TABLE rights (id bigserial PRIMARY KEY, body text)",
        "INSERT INTO rights (body) VALUES ('kept')",
      );
      return async () => {
        await server.as("migrator", "DROP TABLE rights");
      };
    });

    it("migrator creates what the owner owns", async () => {
      const owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'rights'";
      expect(await server.as("migrator", owner)).toEqual([{ tableowner: `${database}_owner` }]);
      const powers = [
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "ALTER SYSTEM SET work_mem='8MB'",
      ];
      expect(await verdicts("migrator", powers)).toEqual(each(powers, refused));
    });

    it("app reads and writes what the migrator created", async () => {
      const undone = writes.map((statement) => `BEGIN; ${statement}; ROLLBACK`);
      expect(await verdicts("app", undone)).toEqual(each(writes, "allowed"));
      expect(await server.as("app", "SELECT body FROM rights")).toEqual([{ body: "kept" }]);
      expect(await verdicts("app", ["SELECT nextval('rights_id_seq')"])).toEqual(["allowed"]);
    });

    it("app runs no DDL", async () => {
      expect(await verdicts("app", ddl)).toEqual(each(ddl, refused));
    });

    it("readonly reads, and does not write even when it says it may", async () => {
      expect(await server.as("readonly", "SELECT body FROM rights")).toEqual([{ body: "kept" }]);
      const all = [...writes, ...ddl];
      expect(await verdicts("readonly", writes)).toEqual(each(writes, readOnly));
      const unlocked = ["SET default_transaction_read_only = off"];
      expect(await verdicts("readonly", all, unlocked)).toEqual(each(all, refused));
    });

    it("backup reads everything and writes nothing", async () => {
      expect(await server.as("backup", "SELECT body FROM rights")).toEqual([{ body: "kept" }]);
      const all = [...writes, ...ddl];
      const unlocked = ["SET default_transaction_read_only = off"];
      expect(await verdicts("backup", all, unlocked)).toEqual(each(all, refused));
    });

    it("monitor sees what goes on and no data", async () => {
      const activity =
        "SELECT count(*)::int AS hidden FROM pg_stat_activity WHERE query = '<insufficient privilege>'";
      expect(await server.as("monitor", activity)).toEqual([{ hidden: 0 }]);
      expect(await server.as("readonly", activity)).not.toEqual([{ hidden: 0 }]);
      const all = ["SELECT * FROM rights", ...writes, ...ddl];
      expect(await verdicts("monitor", all)).toEqual(each(all, refused));
    });

    it("owner does not log in", async () => {
      const owner = { user: `${database}_owner`, password: "any" };
      await server.run(await server.login("postgres"), [
        `ALTER ROLE "${owner.user}" PASSWORD 'any'`,
      ]);
      expect(await server.verdict(owner, "SELECT 1")).toBe(noLogin);
      await server.run(await server.login("postgres"), [
        `ALTER ROLE "${owner.user}" PASSWORD NULL`,
      ]);
    });

    it("of another stack does not connect", async () => {
      const superuser = await server.login("postgres");
      const stranger = { user: "stranger", password: "strange" };
      await server.run(superuser, ["CREATE ROLE stranger LOGIN PASSWORD 'strange'"]);
      try {
        expect(await server.verdict(stranger, "SELECT 1")).toBe(refused);
      } finally {
        await server.run(superuser, ["DROP ROLE stranger"]);
      }
    });
  });

  describe("without its password", () => {
    const roles = ["postgres", ...logins.map((role) => `${database}_${role}`)];

    it.each(roles)("%s does not log in over the network", async (user) => {
      // The client's own message when the server asks for SCRAM and there is nothing to answer with.
      expect(await server.verdict({ user, password: undefined }, "SELECT 1")).toMatch(/SCRAM/);
      expect(await server.verdict({ user, password: "wrong" }, "SELECT 1")).toBe(noPassword);
    });

    it("nobody logs in inside the server's own container", async () => {
      const { Id } = await containerOf(stack, "postgres");
      for (const host of ["/var/run/postgresql", "127.0.0.1", "postgres"]) {
        for (const user of roles) {
          const args = ["psql", "-w", "-h", host, "-U", user, "-d", database, "-c", "SELECT 1"];
          const { code, stderr } = await tryDocker(["exec", Id, ...args]);
          expect([code, stderr]).toEqual([2, expect.stringContaining("no password supplied")]);
        }
      }
    });

    it("the passwords are kept as SCRAM", async () => {
      const kinds = await server.run(await server.login("postgres"), [
        "SELECT DISTINCT split_part(rolpassword, '$', 1) AS kind FROM pg_authid WHERE rolcanlogin",
      ]);
      expect(kinds).toEqual([{ kind: "SCRAM-SHA-256" }]);
      expect(await inside(stack, "postgres", "sh", "-c", 'cat "$PGDATA/pg_hba.conf"')).not.toMatch(
        /^[^#]*\b(trust|md5|password|peer|ident)\b/m,
      );
    });
  });
}
