// @module-tag long
// The database of a running Postgres is taken over while it is written to, and taken back.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BareServer } from "../support/bare-server.js";
import { docker, until } from "../support/docker.js";
import { restored, superuser } from "../support/dumps.js";
import { buildImages } from "../support/images.js";
import { contentsOf, OldPostgres, oldPassword } from "../support/old-server.js";

const at = new BareServer("test-adp");
let old: OldPostgres;

/** All that people's databases have that replication leaves out or trips over. */
const schema = `
  CREATE EXTENSION pg_trgm;
  CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
  CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0);
  CREATE SCHEMA "Other (x";
  CREATE SEQUENCE invoice_numbers START 1000 INCREMENT 7;
  SELECT nextval('invoice_numbers') FROM generate_series(1, 40);
  CREATE SEQUENCE unused;
  CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, feels mood DEFAULT 'ok',
    seen timestamptz DEFAULT now(), half numeric(10,2) GENERATED ALWAYS AS (length(name) / 2.0) STORED);
  CREATE TABLE orders (id bigserial, at date NOT NULL, customer int REFERENCES customers, amount cents, about jsonb, tags text[],
    raw json, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE orders_old PARTITION OF orders FOR VALUES FROM ('2020-01-01') TO ('2026-01-01');
  CREATE TABLE orders_new PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO ('2030-01-01');
  CREATE INDEX ON orders (lower(about ->> 'note'));
  CREATE TABLE "Other (x"."Weird|name's" (id serial PRIMARY KEY, "a b" float8, "c" bytea, d interval, e money, f tsvector, g point);
  CREATE TABLE log (at timestamptz, what text);
  ALTER TABLE log REPLICA IDENTITY FULL;
  CREATE TABLE audit (id serial PRIMARY KEY, what text);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audit (what) VALUES (TG_OP); RETURN NEW; END $$;
  CREATE TRIGGER noted AFTER INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION note();
  CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (more text, PRIMARY KEY (id)) INHERITS (parent);
  CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree DEFERRABLE INITIALLY DEFERRED);
  CREATE UNLOGGED TABLE cache (id int PRIMARY KEY);
  CREATE TABLE policied (id int PRIMARY KEY); ALTER TABLE policied ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON policied USING (false);
  CREATE MATERIALIZED VIEW per_mood AS SELECT feels, count(*) FROM customers GROUP BY feels;
  CREATE VIEW happy AS SELECT * FROM customers WHERE feels = 'happy';
  INSERT INTO customers (name, feels) SELECT 'Ünïcode ' || n, (ARRAY['sad', 'ok', 'happy'])[1 + n % 3]::mood FROM generate_series(1, 3000) n;
  INSERT INTO orders (at, customer, amount, about, tags, raw) SELECT date '2024-01-01' + n % 1400, 1 + n % 3000, n,
    jsonb_build_object('note', 'N' || n), ARRAY['a|b', NULL, 'c' || n], '{"b": 1,  "a": 2}' FROM generate_series(1, 20000) n;
  INSERT INTO "Other (x"."Weird|name's" ("a b", "c", d, e, f, g) VALUES (0.1 + 0.2, '\\x00ff', '1 year 2 days', 3.5, 'some words', '(1,2)'), ('NaN', NULL, NULL, NULL, NULL, NULL);
  INSERT INTO log SELECT now(), 'line ' || n % 10 FROM generate_series(1, 100) n;
  INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 'x'); INSERT INTO tree VALUES (1, 2), (2, 1); INSERT INTO policied VALUES (1), (2);
`;

const load = `
\\set c random(1, 3000)
BEGIN;
INSERT INTO orders (at, customer, amount, about) VALUES (current_date, :c, nextval('invoice_numbers'), '{"note": "new"}');
UPDATE customers SET feels = 'happy', seen = now() WHERE id = :c;
DELETE FROM orders WHERE ctid = (SELECT min(ctid) FROM orders_old);
INSERT INTO log VALUES (now(), 'load');
DELETE FROM log WHERE what = 'line ' || (:c % 10);
COMMIT;
\\sleep 20 ms
`;

const adopt = (more: Parameters<BareServer["adopt"]>[2]) =>
  at.adopt(old.url, oldPassword, { network: old.network, ...more });

beforeAll(async () => {
  await at.start();
  old = new OldPostgres("test-adp", await buildImages("postgres", "jobs"));
  await old.start();
  await old.sql(schema);
});
afterAll(() => at.remove());

/** Lines that only one of two texts has, ten at most. */
function differing(a: string, b: string): string[] {
  const [first, second] = [a, b].map((each) => each.split("\n"));
  const only = (some: string[] = [], others: string[] = []) => {
    const known = new Set(others);
    return some.filter((line) => !known.has(line));
  };
  const more = only(first, second).map((line) => `here: ${line}`);
  const less = only(second, first).map((line) => `there: ${line}`);
  const lengths = first?.length === second?.length ? [] : ["another number of lines"];
  return [...more, ...less, ...lengths].slice(0, 10);
}

const live = () => docker(["exec", at.name, "sh", "-c", dumpLive, at.database]);
const dumpLive = `PGPASSWORD=$(cat /run/secrets/POSTGRES_PASSWORD) exec pg_dump --no-owner --no-privileges -h 127.0.0.1 -U postgres "$0"`;
const leftThere = () =>
  old.sql(
    "SELECT pubname FROM pg_publication UNION ALL SELECT slot_name FROM pg_replication_slots",
  );

describe("keelson adopt", () => {
  it("checks, and changes nothing", async () => {
    const said = await adopt({});
    expect(said).toContain("It can be adopted; nothing was changed.");
    expect(await leftThere()).toBe("");
    expect(await restored(at.name)).toEqual([]);
  });

  it("takes a database over while it is written to, whole, and with writes paused for seconds", async () => {
    await old.write(load, 2);
    await until("written", async () => Number(await old.sql("SELECT count(*) FROM audit")) > 3100);
    const begun = await adopt({ begin: true });
    expect(begun).toMatch(/^Go live with it: keelson adopt --from … --finish\./m);
    const before = Number(await old.sql("SELECT count(*) FROM audit"));
    await until(
      "more is written",
      async () => Number(await old.sql("SELECT count(*) FROM audit")) > before + 50,
    );
    const said = await adopt({ finish: true });
    const seconds = Number(/0 rows differ\. Writes were paused for ([\d.]+) s\./.exec(said)?.[1]);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(30);
    expect(await old.problem("INSERT INTO parent VALUES (9)")).toMatch(/read-only transaction/);
    expect(differing(contentsOf(await live()), await old.contents())).toEqual([]);
    expect(await leftThere()).toBe("");
    expect(await superuser(at.name, at.database, "SELECT count(*) FROM pg_subscription")).toBe("0");
    // The app has its rights on all of it, and sequences go on where they were.
    const insert = "INSERT INTO customers (name) VALUES ('new') RETURNING id";
    expect(await at.as("app", insert)).toBe("3001");
    expect(await docker(["ps", "--all", "--quiet", "--filter", "name=test-adp-test-adopt"])).toBe(
      "",
    );
  });

  it("goes back: the old server takes writes, and what was written here is named and kept", async () => {
    const said = await adopt({ back: true });
    expect(said).toMatch(/^ {2}public\.customers {2}3000 rows there, 3001 here$/m);
    expect(await old.problem("INSERT INTO parent VALUES (9)")).toBe("");
    expect(await superuser(at.name, at.database, "SELECT to_regclass('customers') IS NULL")).toBe(
      "t",
    );
    expect(await restored(at.name)).toHaveLength(1);
    await at.restore("discard");
  });
});
