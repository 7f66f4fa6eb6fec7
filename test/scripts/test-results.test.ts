import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addResult, commitOf } from "#scripts/test-results";

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

it("names the commit, with a plus sign once something but what such a run writes is changed", () => {
  const identity = ["-c", "user.name=eve", "-c", "user.email=eve@shop.com"];
  const git = (...args: string[]) => {
    const { status, stdout } = spawnSync("git", args, { cwd: folder, encoding: "utf8" });
    expect(status).toBe(0);
    return stdout.trim();
  };
  mkdirSync(join(folder, "test"));
  for (const file of ["index.ts", "test/results.tsv", "test/times.json"]) {
    writeFileSync(join(folder, file), "");
  }
  git("init", "--quiet");
  git("add", ".");
  git(...identity, "commit", "--quiet", "--message", "first");
  const commit = git("rev-parse", "--short=12", "HEAD");
  writeFileSync(join(folder, "test/results.tsv"), "a line\n");
  writeFileSync(join(folder, "test/times.json"), "{}\n");
  expect(commitOf(folder)).toBe(commit);
  writeFileSync(join(folder, "index.ts"), "export {};\n");
  expect(commitOf(folder)).toBe(`${commit}+`);
});
