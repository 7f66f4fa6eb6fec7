import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { committed } from "../support/sequencer.js";

const folder = mkdtempSync(join(tmpdir(), "keelson-times-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const write = (times: object) => {
  writeFileSync(join(folder, "test", "times.json"), JSON.stringify(times));
};
const git = (...args: string[]) => execFileSync("git", args, { cwd: folder });

describe("the times that shards are made by", () => {
  it("are those of the file where there is no commit, and the commit's where there is one", () => {
    expect(committed(folder)).toEqual({});
    mkdirSync(join(folder, "test"));
    write({ all: { "a.test.ts": 1 } });
    expect(committed(folder)).toEqual({ all: { "a.test.ts": 1 } });
    git("init", "--quiet");
    git("add", ".");
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "times");
    write({ all: { "a.test.ts": 2 } });
    expect(committed(folder)).toEqual({ all: { "a.test.ts": 1 } });
  });
});
