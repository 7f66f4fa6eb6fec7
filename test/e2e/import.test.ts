// Databases come in, from dumps of people who do things that ours do not: the live one is what it was, or the dump is
// live and the other one kept.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takePorts } from "../support/claims.js";
import { dumpOf, fingerprint, restored, superuser } from "../support/dumps.js";
import { healthOf } from "../support/inspect.js";
import { long } from "../support/long.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "admin");
const database = "e2e-imp_local";
const folder = mkdtempSync(join(tmpdir(), "keelson-import-"));
const stack = new Stack("test-imp", {
  app: {
    name: "e2e-imp",
    migrate: { command: ["true"] },
    health: { readyPath: "/health" },
  },
  database: { extensions: ["pg_trgm"] },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  release: { smoke: [] },
  // An import needs none.
  backup: { enabled: false },
});

const healthy = { app: "running/healthy", postgres: "running/healthy", proxy: "running/healthy" };

/** Makes a dump, and imports it; with `--replace` unless said otherwise. */
async function imported(sql: string, words = ["-Fc"], more = ["--replace"]) {
  const file = join(folder, "made-up.dump");
  await dumpOf(stack, sql, file, words);
  return stack.keelson("import", "--yes", ...more, "--dump", file);
}

const live = `
  CREATE TABLE mine (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
  INSERT INTO mine (body) VALUES ('one'), ('two');
  SELECT lo_from_bytea(4711, 'large');
`;

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
  const asOwner = `SET ROLE "${database}_owner"; ${live} SET ROLE NONE;`;
  await superuser(stack, database, asOwner);
  await superuser(stack, database, `ALTER DATABASE "${database}" SET work_mem = '5MB'`);
});
afterAll(async () => {
  await stack.remove();
  rmSync(folder, { recursive: true });
});

describe("a dump that can't be restored leaves the live database as it was, and the message says why:", () => {
  const large =
    "SELECT lo_from_bytea(0, 'large'); CREATE TABLE t (a int); INSERT INTO t VALUES (1);";
  async function expectRefused(_: string, sql: string, message: RegExp): Promise<void> {
    const before = [await fingerprint(stack, database), await restored(stack)];
    const { code, stderr } = await imported(sql);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(stderr).toMatch(/^The dump could not be restored: /);
    expect(stderr).toMatch(
      /\nThe live database was not written to\. What was restored alongside it is removed\.\n$/,
    );
    expect([await fingerprint(stack, database), await restored(stack)]).toEqual(before);
    expect(await healthOf(stack)).toEqual(healthy);
  }

  const dumps: [what: string, sql: string, message: RegExp][] = [
    [
      "a large object, then a publication that only a superuser may make",
      `${large} CREATE PUBLICATION everything FOR ALL TABLES;`,
      /PUBLICATION everything .*must be superuser to create FOR ALL TABLES publication.* The statement: CREATE PUBLICATION everything/,
    ],
    [
      "a large object, then an event trigger",
      `${large} CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION note();`,
      /EVENT TRIGGER noted .*permission denied to create event trigger/,
    ],
    [
      "a subscription",
      `${large} CREATE SUBSCRIPTION follower CONNECTION 'host=nowhere dbname=x password=y' PUBLICATION p WITH (connect = false);`,
      /SUBSCRIPTION follower .*permission denied to create subscription/,
    ],
    [
      "a materialized view over a function without a search path",
      `${large} CREATE FUNCTION inner_one() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t';
       CREATE FUNCTION outer_one() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN inner_one(); END';
       CREATE MATERIALIZED VIEW seen AS SELECT public.outer_one();`,
      /MATERIALIZED VIEW DATA seen .*function inner_one\(\) does not exist.* The statement: REFRESH MATERIALIZED VIEW public\.seen/,
    ],
    [
      "rows that break a check constraint by now",
      `${large} CREATE TABLE limits (most int); INSERT INTO limits VALUES (9);
       CREATE FUNCTION most() RETURNS int LANGUAGE sql AS 'SELECT max(most) FROM public.limits';
       CREATE TABLE checked (n int CHECK (n <= public.most())); INSERT INTO checked VALUES (5); UPDATE limits SET most = 1;`,
      /TABLE DATA checked .*new row for relation "checked" violates check constraint/,
    ],
    [
      "an untrusted language",
      `${large} CREATE FUNCTION c() RETURNS int LANGUAGE internal AS 'int4pl';`,
      /FUNCTION c\(\) .*permission denied for language internal/,
    ],
  ];
  it.each(dumps.slice(0, 1))("%s", expectRefused);
  it.each(dumps.slice(1))("%s", long, expectRefused);

  it("plain SQL", async () => {
    const before = [await fingerprint(stack, database), await restored(stack)];
    const { code, stderr } = await imported("CREATE TABLE t (a int)", ["-Fp"]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("is not a whole dump of pg_dump's custom format"),
    ]);
    expect([await fingerprint(stack, database), await restored(stack)]).toEqual(before);
  });

  it("a folder, or none", async () => {
    for (const [file, message] of [
      [folder, "is not a regular file"],
      [join(folder, "none"), "There is no file"],
    ] as const) {
      const { code, stderr } = await stack.keelson("import", "--yes", "--dump", file);
      expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    }
  });
});

describe("a dump is restored whole:", () => {
  it("--replace is asked for where there is something", async () => {
    const { code, stderr } = await imported("CREATE TABLE t (a int)", ["-Fc"], []);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/not empty, it holds public\.mine\. Pass --replace/),
    ]);
  });

  it.each([
    [
      "large objects alone",
      "SELECT lo_from_bytea(n, 'x') FROM generate_series(1, 20000) n;",
      ["-Fc"],
    ],
    [
      "only its schema public",
      "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2);",
      ["-Fc", "-n", "public"],
    ],
    [
      "only a schema of another name",
      "CREATE SCHEMA other; CREATE TABLE other.t (a int); INSERT INTO other.t VALUES (1);",
      ["-Fc", "-n", "other"],
    ],
    [
      "circular foreign keys",
      `CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
       INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;`,
      ["-Fc"],
    ],
    [
      "generated columns, identities, sequences, row security, a publication of tables, comments",
      `CREATE TABLE g (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) STORED, s serial);
       INSERT INTO g (a) SELECT generate_series(1, 50); ALTER TABLE g ENABLE ROW LEVEL SECURITY; ALTER TABLE g FORCE ROW LEVEL SECURITY;
       CREATE POLICY none ON g USING (false); CREATE PUBLICATION some FOR TABLE g; COMMENT ON EXTENSION plpgsql IS 'mine';
       COMMENT ON SCHEMA public IS 'mine';`,
      ["-Fc"],
    ],
    [
      "partitions, through their root, and names that need quotes",
      `CREATE TABLE "Odd (name) FROM stdin;" (a int, "b (c" text) PARTITION BY LIST (a);
       CREATE TABLE p1 PARTITION OF "Odd (name) FROM stdin;" FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF "Odd (name) FROM stdin;" FOR VALUES IN (2);
       INSERT INTO "Odd (name) FROM stdin;" SELECT 1 + n % 2, E'\\\\.\\nCOPY public.x FROM stdin;' FROM generate_series(1, 9) n;`,
      ["-Fc", "--load-via-partition-root"],
    ],
    [
      "rows as INSERT",
      `CREATE TABLE t (a text); INSERT INTO t VALUES (E'\\nCOPY public.t (a) FROM stdin;\\n1\\n');`,
      ["-Fc", "--inserts"],
    ],
    [
      "huge lines",
      `CREATE TABLE t (a text); INSERT INTO t SELECT repeat('abc', 5000000);`,
      ["-Fc"],
    ],
    ["nothing", "SELECT 1", ["-Fc"]],
    ["a tar file", "CREATE TABLE t (a int); INSERT INTO t VALUES (1);", ["-Ft"]],
  ])("%s", long, async (_, sql, words) => {
    const before = await fingerprint(stack, database);
    const { code, stdout, stderr } = await imported(sql, words);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /^ {2}ok {2}rows of the dump: \d+ tables? with as many rows as in the dump$/m,
    );
    expect(stdout).toMatch(/^ {2}ok {2}rights: those of the live database/m);
    expect(await healthOf(stack)).toEqual(healthy);
    // What was live is kept, whole, and comes back.
    const undone = await stack.must("restore", "--yes", "--undo");
    expect(undone).toMatch(/^The last restore is undone/m);
    expect(await fingerprint(stack, database)).toBe(before);
    await stack.must("restore", "--yes", "--discard");
    expect(await restored(stack)).toEqual([]);
  });

  it("large objects go with their database", async () => {
    const { code } = await imported("CREATE TABLE t (a int); INSERT INTO t VALUES (1);");
    expect(code).toBe(0);
    expect(await superuser(stack, database, "SELECT count(*) FROM pg_largeobject_metadata")).toBe(
      "0",
    );
    expect(await superuser(stack, database, "SHOW work_mem")).toBe("5MB");
    const app = `SET ROLE "${database}_app"; INSERT INTO t VALUES (2); SELECT count(*) FROM t`;
    expect(await superuser(stack, database, app)).toBe("2");
    await stack.must("restore", "--yes", "--undo");
    expect(await superuser(stack, database, "SELECT lo_get(4711)")).toBe("\\x6c61726765");
    await stack.must("restore", "--yes", "--discard");
  });
});
