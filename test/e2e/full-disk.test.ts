// A disk that is full from any command on: an import and a restore lose nothing, and say which data are live.
// @module-tag long
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageOf } from "#cli/io/failure";
import { dockerAt, type Docker } from "#lib/docker";
import { BareServer } from "../support/bare-server.js";
import { dumpOf, fingerprint, restored, superuser } from "../support/dumps.js";

const at = new BareServer("test-full", 512);
const { name: server, database } = at;
const folder = mkdtempSync(join(tmpdir(), "keelson-full-"));
const file = join(folder, "a.dump");
let [old, imported] = ["", ""];

beforeAll(async () => {
  await at.start();
  const tables =
    "CREATE TABLE mine (a int); INSERT INTO mine VALUES (1); SELECT lo_from_bytea(7, 'x');";
  await superuser(server, database, `SET ROLE "${database}_owner"; ${tables}`);
  const wide = "CREATE TABLE t AS SELECT repeat('x', 999) AS a FROM generate_series(1, 5000)";
  await dumpOf(server, wide, file);
  old = await fingerprint(server, database);
  await at.import(file, { replace: true });
  imported = await fingerprint(server, database);
  await at.restore("undo");
  await at.restore("discard");
});
afterAll(async () => {
  await at.remove();
  rmSync(folder, { recursive: true });
});

/** A client that finds the disk full from its call of a number on. */
function filling(number: number): { docker: Docker; calls: string[] } {
  const calls: string[] = [];
  const docker: Docker = async (args, options) => {
    calls.push(args.join(" "));
    if (calls.length === number) await at.fill();
    return dockerAt()(args, options);
  };
  return { docker, calls };
}

/** Does it with the disk full from each of its commands on, as many as it gives; `check` sees what came of it. */
async function fullAtEach(
  act: (docker: Docker) => Promise<unknown>,
  check: (what: string, error: unknown) => Promise<void>,
): Promise<number> {
  for (let number = 1; ; number++) {
    const { docker, calls } = filling(number);
    let error: unknown;
    try {
      await act(docker);
    } catch (thrown) {
      error = thrown;
    }
    if (calls.length < number) return number - 1;
    await at.makeRoom();
    await check(`full at ${String(number)}: ${calls[number - 1] ?? ""}`, error);
    // What was written ahead takes room until then.
    await superuser(server, "postgres", "CHECKPOINT");
  }
}

const live = () => fingerprint(server, database);
const kept = async () =>
  (await restored(server)).filter((each) => each.startsWith("keelson_before"));

/** Finishes what was begun, and brings the old data back. */
async function bringBack(what: string): Promise<void> {
  await at.take(() => Promise.resolve());
  if ((await live()) === imported) {
    expect([what, (await kept()).length]).toEqual([what, 1]);
    await at.restore("undo");
  }
  expect([what, await live()]).toEqual([what, old]);
  if ((await restored(server)).length > 0) await at.restore("discard");
  expect([what, await restored(server)]).toEqual([what, []]);
}

describe("with a full disk", () => {
  it("an import leaves the old data live, or the new ones and the old ones kept", async () => {
    const count = await fullAtEach(
      (docker) => at.import(file, { replace: true }, docker),
      async (what, error) => {
        const now = await live();
        expect([what, [old, imported].includes(now)]).toEqual([what, true]);
        if (error !== undefined) {
          const said = messageOf(error);
          expect([what, /data is live/.test(said)]).toEqual([what, now === imported]);
          // What could not be removed is named.
          if (/could not be restored/.test(said)) {
            for (const left of await restored(server))
              expect([what, said]).toEqual([what, expect.stringContaining(left)]);
          }
        }
        await bringBack(what);
      },
    );
    expect(count).toBeGreaterThan(10);
  }, 2_400_000);

  it("a restore that is undone leaves either data live, and the others kept", async () => {
    const count = await fullAtEach(
      async (docker) => {
        if ((await live()) === old) await at.import(file, { replace: true });
        await at.restore("undo", docker);
      },
      async (what, error) => {
        const now = await live();
        expect([what, [old, imported].includes(now)]).toEqual([what, true]);
        if (error === undefined) expect([what, now]).toEqual([what, old]);
        await bringBack(what);
      },
    );
    expect(count).toBeGreaterThan(5);
  }, 2_400_000);
});
