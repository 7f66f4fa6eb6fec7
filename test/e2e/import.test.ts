// Databases come in, from dumps of people who do things that ours do not: the live one is what it was, or the dump is
// live and the other one kept.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageOf } from "#cli/io/failure";
import { BareServer } from "../support/bare-server.js";
import { dumpOf, fingerprint, restored, superuser } from "../support/dumps.js";
import { long } from "../support/long.js";

const at = new BareServer("test-imp");
const { name: server, database } = at;
const folder = mkdtempSync(join(tmpdir(), "keelson-import-"));

/** Makes a dump, and imports it instead of what is there; what was said, in good or in bad. */
async function imported(sql: string, args = ["-Fc"], replace = true) {
  const file = join(folder, "made-up.dump");
  await dumpOf(server, sql, file, args);
  try {
    return { said: await at.import(file, { replace }), failure: undefined };
  } catch (error) {
    return { said: "", failure: messageOf(error) };
  }
}

/** All that there is. */
async function everything() {
  return [await fingerprint(server, database), await restored(server)];
}

const live = `
  CREATE TABLE mine (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
  INSERT INTO mine (body) VALUES ('one'), ('two');
  SELECT lo_from_bytea(4711, 'large');
`;

beforeAll(async () => {
  await at.start();
  await superuser(server, database, `SET ROLE "${database}_owner"; ${live}`);
});
afterAll(async () => {
  await at.remove();
  rmSync(folder, { recursive: true });
});

describe("a dump that can't be restored leaves the live database as it was, and the message says why:", () => {
  const large =
    "SELECT lo_from_bytea(0, 'large'); CREATE TABLE t (a int); INSERT INTO t VALUES (1);";
  async function expectRefused(_: string, sql: string, message: RegExp): Promise<void> {
    const before = await everything();
    const { failure } = await imported(sql);
    expect(failure).toMatch(message);
    expect(failure).toMatch(/^The dump could not be restored: /);
    expect(failure).toMatch(
      /\nThe live database was not written to\. What was restored alongside it is removed\.$/,
    );
    expect(await everything()).toEqual(before);
  }

  const dumps: [what: string, sql: string, message: RegExp][] = [
    [
      "a materialized view over a function without a search path",
      `${large} CREATE FUNCTION inner_one() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.t';
       CREATE FUNCTION outer_one() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN public.inner_one(); END';
       CREATE MATERIALIZED VIEW seen AS SELECT public.outer_one();
       CREATE OR REPLACE FUNCTION outer_one() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN inner_one(); END';`,
      /function inner_one\(\) does not exist.* The statement: REFRESH MATERIALIZED VIEW public\.seen/,
    ],
    [
      "rows that break a check constraint by now",
      `${large} CREATE TABLE limits (most int); INSERT INTO limits VALUES (9);
       CREATE FUNCTION most() RETURNS int LANGUAGE sql AS 'SELECT coalesce(max(most), 0) FROM public.limits';
       CREATE TABLE checked (n int CHECK (n <= public.most())); INSERT INTO checked VALUES (5); UPDATE limits SET most = 1;`,
      /COPY failed for table "checked": .*new row for relation "checked" violates check constraint/,
    ],
    [
      "an untrusted language",
      `${large} CREATE FUNCTION c() RETURNS int LANGUAGE internal AS 'int4pl';`,
      /permission denied for language internal.*The statement: CREATE FUNCTION public\.c\(\)/,
    ],
  ];
  it.each(dumps.slice(0, 1))("%s", expectRefused);
  it.each(dumps.slice(1))("%s", long, expectRefused);

  it("SQL that is truncated", async () => {
    const before = await everything();
    const file = join(folder, "cut.sql");
    await dumpOf(server, "CREATE TABLE t (a int)", file, ["-Fp"]);
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(/\n-- PostgreSQL database dump complete[^]*/, ""),
    );
    await expect(at.import(file, { replace: true })).rejects.toThrow(
      `The file ${file} is not a whole dump: its last line, "PostgreSQL database dump complete", is missing; make it again.`,
    );
    expect(await everything()).toEqual(before);
  });

  it("SQL with what the owner may not make", long, async () => {
    const before = await everything();
    const { failure } = await imported(
      `${large} CREATE FUNCTION c() RETURNS int LANGUAGE internal AS 'int4pl';`,
      ["-Fp"],
    );
    expect(failure).toMatch(
      /^The dump could not be restored: ERROR: permission denied for language internal\. The statement: CREATE FUNCTION public\.c\(\)/,
    );
    expect(await everything()).toEqual(before);
  });
});

describe("a dump is restored whole:", () => {
  it("--replace is asked for where there is something", async () => {
    const { failure } = await imported("CREATE TABLE t (a int)", ["-Fc"], false);
    expect(failure).toMatch(/not empty, it holds public\.mine\. Pass --replace/);
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
       CREATE POLICY none ON g USING (false); CREATE PUBLICATION part FOR TABLE g; COMMENT ON EXTENSION plpgsql IS 'mine';
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
    [
      "SQL that makes its database itself",
      `CREATE SCHEMA other; CREATE TABLE other.t (id serial, a text); INSERT INTO other.t (a) VALUES (E'\\.\nSET a = b;'), (NULL);
       CREATE VIEW seen AS TABLE other.t; GRANT SELECT ON seen TO PUBLIC; SELECT lo_from_bytea(0, 'x');`,
      ["-Fp", "--clean", "--create"],
    ],
    [
      "an archive that was made with what makes its database itself",
      "CREATE TABLE t (a int); INSERT INTO t VALUES (1);",
      ["-Fc", "--clean", "--create"],
    ],
    ["SQL of INSERTs", "CREATE TABLE t (a int); INSERT INTO t VALUES (1);", ["-Fp", "--inserts"]],
  ])("%s", long, async (_, sql, args) => {
    const before = await fingerprint(server, database);
    const { said, failure } = await imported(sql, args);
    expect(failure).toBeUndefined();
    expect(said).toMatch(
      /^ {2}ok {2}rows of the dump: \d+ tables with as many rows as in the dump$/m,
    );
    expect(said).toMatch(/^ {2}ok {2}rights: those of the live database/m);
    // What was live is kept, whole, and comes back.
    expect(await at.restore("undo")).toMatch(/^The last restore is undone/m);
    expect(await fingerprint(server, database)).toBe(before);
    await at.restore("discard");
    expect(await restored(server)).toEqual([]);
  });

  for (const format of ["-Fc", "-Fp"]) {
    it(`what only a superuser may make is left out, and named: ${format}`, long, async () => {
      const { said, failure } = await imported(
        `CREATE TABLE t (a int); INSERT INTO t VALUES (1); SELECT lo_from_bytea(4713, 'theirs');
         CREATE PUBLICATION everything FOR ALL TABLES; CREATE PUBLICATION part FOR TABLE t;
         CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION note();
         CREATE SUBSCRIPTION follower CONNECTION 'host=nowhere dbname=x password=y' PUBLICATION p WITH (connect = false);`,
        [format],
      );
      expect(failure).toBeUndefined();
      expect(said).toContain(
        "Left out, since only a superuser may make it: event trigger noted, publication everything, subscription follower.",
      );
      expect(said).toContain("What belonged to postgres becomes the database owner's");
      expect(await superuser(server, database, "SELECT pubname FROM pg_publication")).toBe("part");
      expect(await at.as("app", "SELECT convert_from(lo_get(4713), 'UTF8'); SELECT a FROM t")).toBe(
        "theirs\n1",
      );
      await at.restore("undo");
      await at.restore("discard");
    });
  }

  it(
    "large objects go with their database, and rights and settings are those of before",
    long,
    async () => {
      const { failure } = await imported("CREATE TABLE t (a int); INSERT INTO t VALUES (1);");
      expect(failure).toBeUndefined();
      const ask = (sql: string) => superuser(server, database, sql);
      expect(await ask("SELECT count(*) FROM pg_largeobject_metadata")).toBe("0");
      expect(await ask("SHOW work_mem")).toBe("5MB");
      const app = `SET ROLE "${database}_app"; INSERT INTO t VALUES (2); SELECT count(*) FROM t`;
      expect(await ask(app)).toBe("2");
      await at.restore("undo");
      expect(await ask("SELECT lo_get(4711)")).toBe("\\x6c61726765");
      await at.restore("discard");
    },
  );
});
