// @module-tag long
// A database that can't be replicated: everything that stands against it is said at once, and a dump brings it over.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerAt, type Docker } from "#lib/docker";
import { messageOf } from "#cli/io/failure";
import { BareServer } from "../support/bare-server.js";
import { docker } from "../support/docker.js";
import { restored, superuser } from "../support/dumps.js";
import { buildImages } from "../support/images.js";
import { OldPostgres, oldPassword } from "../support/old-server.js";

const at = new BareServer("test-add");
let old: OldPostgres;

const adopt = (more: Parameters<BareServer["adopt"]>[2], through?: Docker) =>
  at.adopt(old.url, oldPassword, { network: old.network, ...more }, through);

beforeAll(async () => {
  await at.start();
  old = new OldPostgres("test-add", await buildImages("postgres", "jobs"));
  await old.start([]);
  await old.sql(`
    CREATE TABLE fine (id int PRIMARY KEY, a text); INSERT INTO fine SELECT n, 'a' FROM generate_series(1, 100) n;
    CREATE TABLE keyless (a int); INSERT INTO keyless VALUES (1), (1);
    CREATE TABLE events (about json); INSERT INTO events VALUES ('{"a": 1}');
    CREATE UNLOGGED TABLE cache (id int PRIMARY KEY); INSERT INTO cache VALUES (1);
    CREATE TABLE own (id int PRIMARY KEY); ALTER TABLE own ENABLE ROW LEVEL SECURITY; ALTER TABLE own FORCE ROW LEVEL SECURITY;
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER noted BEFORE INSERT ON fine FOR EACH ROW EXECUTE FUNCTION note(); ALTER TABLE fine ENABLE ALWAYS TRIGGER noted;
    SELECT lo_from_bytea(4711, 'large');
  `);
});
afterAll(() => at.remove());

const refused = async (more: Parameters<typeof adopt>[0]) => {
  try {
    return await adopt(more);
  } catch (error) {
    return messageOf(error);
  }
};

describe("a database that can't be replicated", () => {
  it("is refused, with everything that stands against it, and the way by a dump", async () => {
    const said = await refused({ begin: true });
    for (const each of [
      /^Nothing was changed\. Before the database can be adopted:$/m,
      /^ {2}- wal_level is replica there/m,
      /^ {2}- Large objects are not replicated, and there are 1:/m,
      /^ {2}- Without a primary key, .*: ALTER TABLE public\.keyless REPLICA IDENTITY FULL; there/m,
      /^ {2}- public\.events has no key/m,
      /^ {2}- Unlogged tables are not replicated: .* public\.cache/m,
      /^ {2}- Row policies hold for the owner of public\.own/m,
      /^ {2}- Triggers would run a second time here: noted on public\.fine/m,
      /^Or by a dump, .* Writes on the old server are paused for about \d+ s/m,
    ]) {
      expect(said).toMatch(each);
    }
    expect(await restored(at.name)).toEqual([]);
    expect(await old.problem("INSERT INTO keyless VALUES (1)")).toBe("");
  });

  it("is not changed where its password is another one, and the message has no secret", async () => {
    const wrong = at.adopt(old.url, "another one", { network: old.network });
    await expect(wrong).rejects.toThrow(
      /^The old server \(keelson@.*\) says: .*password authentication failed/,
    );
    const relay = ["ps", "--all", "--quiet", "--filter", "name=test-add-test-adopt"];
    expect(await docker(relay)).toBe("");
  });

  it("takes writes again where the dump fails", async () => {
    const failing: Docker = async (args, options) =>
      args.includes("pg_dump")
        ? { code: 1, stdout: "", stderr: "pg_dump: error: injected" }
        : dockerAt()(args, options);
    await expect(adopt({ finish: true, dump: true }, failing)).rejects.toThrow(
      /injected\nThe old database takes writes again\./,
    );
    expect(await old.problem("INSERT INTO keyless VALUES (1)")).toBe("");
    expect(await restored(at.name)).toEqual([]);
  });

  it("comes over by a dump, whole, and goes back", async () => {
    const said = await adopt({ finish: true, dump: true });
    expect(said).toMatch(/^Writes were paused for [\d.]+ s\.$/m);
    expect(await old.problem("INSERT INTO keyless VALUES (1)")).toMatch(/read-only transaction/);
    const counts = `SELECT (SELECT count(*) FROM fine), (SELECT count(*) FROM keyless), (SELECT count(*) FROM events),
      (SELECT count(*) FROM cache), convert_from(lo_get(4711), 'UTF8')`;
    expect(await superuser(at.name, at.database, counts)).toBe("100|4|1|1|large");
    const back = await adopt({ back: true });
    expect(back).toContain("Nothing was written here since the switch.");
    expect(await old.problem("INSERT INTO keyless VALUES (1)")).toBe("");
    expect(await superuser(at.name, at.database, "SELECT to_regclass('fine') IS NULL")).toBe("t");
    // A second time there is nothing to take back, and nothing is exchanged.
    expect(await adopt({ back: true })).toMatch(/^There is nothing to take back/m);
  });
});
