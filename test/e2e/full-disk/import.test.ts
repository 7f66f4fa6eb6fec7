// A disk that is full from any command of an import on: nothing is lost, and it is said which data are live.
// @module-tag long
import { expect, it } from "vitest";
import { messageOf } from "#cli/io/failure";
import { FullDisk } from "./suite.js";

const disk = new FullDisk("test-full");

it("an import leaves the old data live, or the new ones and the old ones kept", async () => {
  const count = await disk.fullAtEach(
    (docker) => disk.at.import(disk.file, { replace: true }, docker),
    async (what, error) => {
      const now = await disk.live();
      expect([what, [disk.old, disk.imported].includes(now)]).toEqual([what, true]);
      if (error !== undefined) {
        const said = messageOf(error);
        expect([what, /data is live/.test(said)]).toEqual([what, now === disk.imported]);
        // What could not be removed is named.
        if (/could not be restored/.test(said)) {
          for (const left of await disk.others())
            expect([what, said]).toEqual([what, expect.stringContaining(left)]);
        }
      }
      await disk.bringBack(what);
    },
  );
  expect(count).toBeGreaterThan(10);
}, 2_400_000);
