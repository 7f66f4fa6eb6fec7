// A disk that is full from any command of an undone restore on: nothing is lost.
// @module-tag long
import { expect, it } from "vitest";
import { FullDisk } from "./suite.js";

const disk = new FullDisk("test-fullr");

it("a restore that is undone leaves either data live, and the others kept", async () => {
  const count = await disk.fullAtEach(
    async (docker) => {
      if ((await disk.live()) === disk.old) await disk.at.import(disk.file, { replace: true });
      await disk.at.restore("undo", docker);
    },
    async (what, error) => {
      const now = await disk.live();
      expect([what, [disk.old, disk.imported].includes(now)]).toEqual([what, true]);
      if (error === undefined) expect([what, now]).toEqual([what, disk.old]);
      await disk.bringBack(what);
    },
  );
  expect(count).toBeGreaterThan(5);
}, 2_400_000);
