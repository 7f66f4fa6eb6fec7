// @module-tag long
// An adoption that is killed: the next run goes on or cleans up, and the old server is left without anything of it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerAt, type Docker } from "#lib/docker";
import { messageOf } from "#cli/io/failure";
import { BareServer } from "../support/bare-server.js";
import { restored, superuser } from "../support/dumps.js";
import { buildImages } from "../support/images.js";
import { OldPostgres, oldPassword } from "../support/old-server.js";
import { Killed } from "../support/stand-in.js";

const at = new BareServer("test-adk");
let old: OldPostgres;

const adopt = (more: Parameters<BareServer["adopt"]>[2], through?: Docker) =>
  at.adopt(old.url, oldPassword, { network: old.network, ...more }, through);

beforeAll(async () => {
  await at.start();
  old = new OldPostgres("test-adk", await buildImages("postgres", "jobs"));
  await old.start();
  await old.sql(
    "CREATE TABLE t (id serial PRIMARY KEY, a text); INSERT INTO t (a) SELECT 'a' FROM generate_series(1, 500)",
  );
});
afterAll(() => at.remove());

/** A client that ends at the first command that a text is in, as a process that is killed does: nothing comes after it. */
function killedAt(text: string, when: "before" | "after"): Docker {
  let dead = false;
  return async (args, options) => {
    if (dead) throw new Killed();
    const input = typeof options?.input === "string" ? options.input : "";
    dead = `${args.join(" ")} ${input}`.includes(text);
    if (dead && when === "before") throw new Killed();
    const result = await dockerAt()(args, options);
    if (dead) throw new Killed();
    return result;
  };
}

async function expectKilled(work: Promise<string>): Promise<void> {
  await expect(
    work.catch((error: unknown) => Promise.reject(new Error(messageOf(error)))),
  ).rejects.toThrow();
}

const there = () =>
  old.sql(
    "SELECT pubname FROM pg_publication UNION ALL SELECT slot_name FROM pg_replication_slots",
  );
const liveHasIt = async () =>
  (await superuser(at.name, at.database, "SELECT to_regclass('t') IS NOT NULL")) === "t";

/** Nothing of it is left, but for what the stack had before an exchange that was undone. */
async function expectClean(): Promise<void> {
  expect(await there()).toBe("");
  expect(await old.problem("INSERT INTO t (a) VALUES ('after')")).toBe("");
  expect(await liveHasIt()).toBe(false);
  const kept = await restored(at.name);
  if (kept.length > 0) await at.restore("discard");
  expect(kept.filter((each) => each.startsWith("keelson_restore"))).toEqual([]);
}

describe("an adoption that is killed", () => {
  it.each([
    ["restore-dump create", "after"],
    ["restore-dump adopting", "after"],
    ["CREATE PUBLICATION", "after"],
    ["CREATE SUBSCRIPTION", "after"],
  ] as const)(
    "while it begins, at %s, %s it: begins again, and is taken back",
    async (text, when) => {
      await expectKilled(adopt({ begin: true }, killedAt(text, when)));
      expect(await adopt({ begin: true })).toMatch(/^Go live with it/m);
      await adopt({ back: true });
      await expectClean();
    },
  );

  it.each([
    ["default_transaction_read_only = on", "after"],
    ["setval", "before"],
    ["DROP SUBSCRIPTION", "after"],
    ["restore-dump swap", "before"],
    ["restore-dump swap", "after"],
    ["DROP PUBLICATION", "before"],
  ] as const)("while it switches, at %s, %s it: goes live by the next run", async (text, when) => {
    await adopt({ begin: true });
    await expectKilled(adopt({ finish: true }, killedAt(text, when)));
    await adopt({ finish: true });
    expect(await liveHasIt()).toBe(true);
    expect(await there()).toBe("");
    const rows = "SELECT count(*) FROM t";
    expect(await superuser(at.name, at.database, rows)).toBe(await old.sql(rows));
    await adopt({ back: true });
    await expectClean();
  });

  it.each(["default_transaction_read_only = on", "DROP SUBSCRIPTION"])(
    "while it switches, after %s: is taken back",
    async (text) => {
      await adopt({ begin: true });
      await expectKilled(adopt({ finish: true }, killedAt(text, "after")));
      await adopt({ back: true });
      await expectClean();
    },
  );
});
