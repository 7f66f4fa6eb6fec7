// An import into a real server, with a fault before and after every command that it gives to Docker.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerAt, type Docker } from "#lib/docker";
import { messageOf } from "#cli/io/failure";
import { BareServer } from "../../support/bare-server.js";
import { dumpOf, fingerprint, restored, superuser } from "../../support/dumps.js";
import { Killed, type Fault } from "../../support/stand-in.js";

/** A client that has a fault at a call, and counts its calls. */
function faulty(fault?: Fault, number = 0): { docker: Docker; calls: string[] } {
  const calls: string[] = [];
  let dead = false;
  const docker: Docker = async (args, options) => {
    if (dead) throw new Killed();
    calls.push(args.join(" "));
    const now = calls.length === number ? fault : undefined;
    dead = now?.startsWith("is killed") === true;
    if (now === "is killed before") throw new Killed();
    if (now === "fails") return { code: 1, stdout: "", stderr: "injected" };
    const result = await dockerAt()(args, options);
    if (now === "is killed after") throw new Killed();
    return now === "fails though done" ? { code: 1, stdout: "", stderr: "injected" } : result;
  };
  return { docker, calls };
}

/**
 * The tests of some faults.
 * @param prefix first part of the names on the host
 */
export function importFaults(prefix: `test-${string}`, faults: readonly Fault[]): void {
  const at = new BareServer(prefix);
  const { name: server, database } = at;
  const folder = mkdtempSync(join(tmpdir(), "keelson-import-"));
  const file = join(folder, "a.dump");
  let [old, imported] = ["", ""];

  beforeAll(async () => {
    await at.start();
    const tables =
      "CREATE TABLE mine (a int); INSERT INTO mine VALUES (1); SELECT lo_from_bytea(7, 'x');";
    await superuser(server, database, `SET ROLE "${database}_owner"; ${tables}`);
    await dumpOf(server, "CREATE TABLE t (a int); INSERT INTO t VALUES (1);", file);
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

  describe("an import", () => {
    it.each(faults)(
      "where any command %s leaves the old database live, or the new one and the old one kept",
      async (fault) => {
        for (let number = 1; ; number++) {
          const { docker, calls } = faulty(fault, number);
          let error: unknown;
          try {
            await at.import(file, { replace: true }, docker);
          } catch (thrown) {
            error = thrown;
          }
          // It had no more commands, so it has passed: the next fault begins with the old database.
          if (calls.length < number) {
            await at.restore("undo");
            await at.restore("discard");
            break;
          }
          const what = `${fault} at ${number}: ${calls[number - 1] ?? ""}`;
          const live = await fingerprint(server, database);
          const swapped = live === imported;
          expect([what, swapped || live === old]).toEqual([what, true]);
          if (error !== undefined && fault.startsWith("fails")) {
            expect([what, /data is live/.test(messageOf(error))]).toEqual([what, swapped]);
          }
          // The next run finishes it; then the old one is brought back, or is live still.
          await at.take(() => Promise.resolve());
          const kept = (await restored(server)).filter((each) => each.startsWith("keelson_before"));
          if (swapped) {
            expect([what, kept.length]).toEqual([what, 1]);
            await at.restore("undo");
          }
          expect([what, await fingerprint(server, database)]).toEqual([what, old]);
          if (kept.length > 0) await at.restore("discard");
        }
      },
      1_200_000,
    );
  });
}
