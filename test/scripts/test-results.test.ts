import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addResult } from "#scripts/test-results";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-results-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it("adds a line a run, with the columns' names at the head", () => {
  const file = join(folder, "results.tsv");
  const run = { commit: "0123456789ab", engine: "embedded", shard: "1/4", seconds: 1234.5 };
  const day = new Date("2026-11-29T23:59:59Z");
  addResult(file, { ...run, passed: 300, failed: 0, skipped: 1, left: 0 }, day);
  addResult(file, { ...run, shard: "2/4", passed: 4, failed: 2, skipped: 0, left: 0 }, day);
  expect(readFileSync(file, "utf8")).toBe(
    [
      "date\tcommit\tengine\tshard\tpassed\tfailed\tskipped\tseconds",
      "2026-11-29\t0123456789ab\tembedded\t1/4\t300\t0\t1\t1235",
      "2026-11-29\t0123456789ab\tembedded\t2/4\t4\t2\t0\t1235",
      "",
    ].join("\n"),
  );
});
