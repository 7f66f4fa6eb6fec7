import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, writeNote } from "../../support/app.js";
import { long } from "../../support/long.js";
import { copyDump, newestDump } from "./backups.js";
import { ports, stack } from "./shared.js";

/** An existing database comes in. Leaves the stack with another database. */
export function imports(): void {
  describe("import", long, () => {
    const folder = mkdtempSync(join(tmpdir(), "keelson-dump-"));
    const dump = join(folder, "whole.dump");
    let rows: Record<string, number> = {};

    beforeAll(async () => {
      await writeNote(ports.http, "moved house");
      const newest = await newestDump();
      // Our own record of migrations comes along, but is nothing that a person has to know.
      const theirs = Object.entries(newest.rows).filter(([table]) => !table.startsWith("keelson."));
      rows = Object.fromEntries(theirs);
      await copyDump(newest.file, dump);
      // An empty database: one that the app has not migrated.
      stack.configure({
        database: { name: "moved-in" },
        app: { migrate: { command: ["true"] }, health: { readyPath: "/health" } },
        // It is not ready without its tables.
        release: { smoke: [] },
      });
      // A stack that has a database gets no empty one besides unless that is said.
      expect((await stack.keelson("up")).stderr).toContain(
        "its settings now lead to the database moved-in on the volume e2e-test-e2e-postgres-data",
      );
      const { environment } = stack;
      const allowed = { KEELSON_NEW_DATABASE: "e2e-test-e2e-postgres-data/moved-in" };
      stack.environment = { ...environment, ...allowed };
      await stack.up();
      stack.environment = environment;
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    it("refuses a dump that is truncated, and changes nothing", async () => {
      const torn = join(folder, "torn.dump");
      const bytes = readFileSync(dump);
      writeFileSync(torn, bytes.subarray(0, Math.floor(bytes.length * 0.9)));
      const { code, stderr } = await stack.keelson("import", "--yes", "--dump", torn);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/not a whole dump/)]);
    });

    it("restores a dump into the empty database and counts its rows", async () => {
      const printed = await stack.must("import", "--yes", "--dump", dump);
      const counted = [...printed.matchAll(/^ {2}(\S+) {2}(\d+) rows$/gm)];
      expect(Object.fromEntries(counted.map(([, table, n]) => [table, Number(n)]))).toEqual(rows);
      expect((await ask(ports.http, "/api/notes")).body).toContain("moved house");
      // The app has its rights on what came in.
      expect(await writeNote(ports.http, "unpacked")).toBeGreaterThan(0);
    });

    it("refuses a database that is not empty", async () => {
      const { code, stderr } = await stack.keelson("import", "--yes", "--dump", dump);
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/not empty, it holds public\.notes/),
      ]);
    });
  });
}
