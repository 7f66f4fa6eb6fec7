// What the roles of a database may do on a real server, with what was made before, and by sessions of every kind.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BareServer } from "../../support/bare-server.js";
import { superuser } from "../../support/dumps.js";

const at = new BareServer("test-rights");
const { name: server, database } = at;
const rights = readFileSync("images/jobs/rights.sql", "utf8");

beforeAll(() => at.start());
afterAll(() => at.remove());

/** What is done when a migration has passed, in a session of the migrator. */
const afterMigration = (): Promise<string> =>
  at.as("migrator", `SET ROLE NONE; SET keelson.database = '${database}'; ${rights}`);
const owners = (pattern: string): Promise<string> =>
  superuser(
    server,
    database,
    `SELECT relname, pg_get_userbyid(relowner) = '${database}_owner' FROM pg_class WHERE relname LIKE '${pattern}' AND relkind IN ('r', 'S', 'v') ORDER BY 1`,
  );

describe("the app's role", () => {
  beforeAll(async () => {
    const made =
      "CREATE SCHEMA extra; CREATE TABLE extra.t (id serial PRIMARY KEY, body text); CREATE MATERIALIZED VIEW extra.seen AS SELECT count(*) FROM extra.t";
    expect(await at.as("migrator", made)).toBe("");
  });

  it.each([
    ["INSERT INTO extra.t (body) VALUES ('x') RETURNING id", "1"],
    ["SELECT setval('extra.t_id_seq', 5)", "5"],
    ["REFRESH MATERIALIZED VIEW extra.seen; SELECT count FROM extra.seen", "1"],
    ["ANALYZE extra.t", ""],
    ["VACUUM extra.t", ""],
    ["CREATE TEMPORARY TABLE mine (a int); INSERT INTO mine VALUES (1); TABLE mine", "1"],
    ["TRUNCATE extra.t; SELECT count(*) FROM extra.t", "0"],
  ])("changes and maintains rows in a schema that a migration made: %s", async (sql, answer) => {
    expect(await at.as("app", sql)).toBe(answer);
  });

  it.each([
    ["CREATE TABLE mine (a int)", "permission denied for schema public"],
    ["CREATE TABLE extra.mine (a int)", "permission denied for schema extra"],
    ["CREATE SCHEMA mine", `permission denied for database ${database}`],
    ["ALTER TABLE extra.t ADD more int", "must be owner of table t"],
    ["DROP TABLE extra.t", "must be owner of table t"],
    ["CREATE INDEX ON extra.t (body)", "must be owner of table t"],
  ])("runs no DDL: %s", async (sql, error) => {
    expect(await at.as("app", sql)).toContain(`ERROR:  ${error}`);
  });

  it("may use what a session made that had reset its role, once the migration has passed", async () => {
    const made =
      "SET ROLE NONE; CREATE SCHEMA odd; CREATE TABLE odd.odd_t (a serial); CREATE VIEW odd.odd_v AS TABLE odd.odd_t; CREATE FUNCTION odd.f() RETURNS int LANGUAGE sql AS 'SELECT 1'";
    expect(await at.as("migrator", made)).toBe("");
    expect(await owners("odd\\_%")).toBe("odd_t|f\nodd_t_a_seq|f\nodd_v|f");
    expect(await afterMigration()).toBe("");
    expect(await owners("odd\\_%")).toBe("odd_t|t\nodd_t_a_seq|t\nodd_v|t");
    expect(await at.as("app", "INSERT INTO odd.odd_t DEFAULT VALUES RETURNING odd.f()")).toBe("1");
    expect(await at.as("migrator", "DROP SCHEMA odd CASCADE")).not.toContain("ERROR");
  });

  it("has no more rights than a migration has left it", async () => {
    const made = `CREATE TABLE log (a int); REVOKE UPDATE, DELETE, TRUNCATE ON log FROM "${database}_app"; CREATE TABLE hidden (a int); REVOKE ALL ON hidden FROM "${database}_app"`;
    expect(await at.as("migrator", made)).toBe("");
    expect(await afterMigration()).toBe("");
    await at.ensure();
    expect(await at.as("app", "INSERT INTO log VALUES (1)")).toBe("");
    expect(await at.as("app", "DELETE FROM log")).toContain("permission denied for table log");
    expect(await at.as("app", "TABLE hidden")).toContain("permission denied for table hidden");
  });

  it("gets on what there was before what it had too little of", async () => {
    // As an earlier version left it: nothing outside of public, and neither TRUNCATE nor setval in it.
    await superuser(
      server,
      database,
      `SET ROLE "${database}_owner"; CREATE SCHEMA before; CREATE TABLE before.t (a int); CREATE TABLE then_t (a serial);
       REVOKE TRUNCATE ON then_t FROM "${database}_app"; REVOKE UPDATE ON SEQUENCE then_t_a_seq FROM "${database}_app"; RESET ROLE;
       DO 'BEGIN IF current_setting(''server_version_num'')::int >= 170000 THEN EXECUTE ''REVOKE MAINTAIN ON then_t FROM "${database}_app"''; END IF; END';
       UPDATE pg_namespace SET nspacl = NULL WHERE nspname = 'before'; UPDATE pg_class SET relacl = NULL WHERE oid = 'before.t'::regclass;`,
    );
    const all = "TRUNCATE then_t; SELECT setval('then_t_a_seq', 7); TRUNCATE before.t";
    expect(await at.as("app", "TRUNCATE then_t")).toContain("permission denied");
    await at.ensure();
    expect(await at.as("app", all)).toBe("7");
    expect(await at.as("readonly", "TABLE before.t")).toBe("");
  });

  it("reads, changes and removes large objects of whoever made them", async () => {
    expect(await at.as("migrator", "SELECT lo_from_bytea(4712, 'made')")).toBe("4712");
    const sql =
      "SELECT lo_put(4712, 0, 'M'); SELECT convert_from(lo_get(4712), 'UTF8'); SELECT lo_unlink(4712)";
    expect(await at.as("app", sql)).toBe("Made\n1");
  });

  it("makes its tables itself where it is to, as the owner, and then no longer", async () => {
    await at.ensure({ ownsSchema: true });
    expect(await at.as("app", "CREATE SCHEMA own; CREATE TABLE own.own_a (a int)")).toBe("");
    // As pools leave a session for the next request.
    expect(await at.as("app", "SET ROLE NONE;\nCREATE TABLE own.own_b (a int)")).toBe("");
    expect(await at.as("app", "ALTER TABLE own.own_a ADD b int")).toBe("");
    expect(await at.as("readonly", "TABLE own.own_a; TABLE own.own_b")).toBe("");
    expect(await owners("own\\_%")).toBe("own_a|t\nown_b|f");
    await at.ensure();
    expect(await owners("own\\_%")).toBe("own_a|t\nown_b|t");
    expect(await at.as("app", "INSERT INTO own.own_b VALUES (1) RETURNING a")).toBe("1");
    expect(await at.as("app", "DROP TABLE own.own_b")).toContain("must be owner of table own_b");
  });

  it("has the time that the settings give it", async () => {
    const shown = "SHOW statement_timeout; SHOW lock_timeout";
    await at.ensure({ timeouts: { statement: "5m", lock: "2s" } });
    expect(await at.as("app", shown)).toBe("5min\n2s");
    await at.ensure();
    expect(await at.as("app", shown)).toBe("30s\n0");
  });
});

it("readonly and backup see all of it, and change nothing", async () => {
  for (const role of ["readonly", "backup"] as const) {
    expect(await at.as(role, "SELECT count(*) FROM extra.t")).toBe("0");
    const change = "SET default_transaction_read_only = off;\nINSERT INTO extra.t VALUES (1)";
    expect(await at.as(role, change)).toContain("permission denied for table t");
  }
});
