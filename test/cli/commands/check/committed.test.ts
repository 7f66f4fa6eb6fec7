import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { committedNotes } from "#cli/commands/check/committed";
import { run } from "#lib/run-process";

const folder = mkdtempSync(join(tmpdir(), "keelson-committed-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("files of variables in git", () => {
  it("are named, but for examples and what is ignored", async () => {
    expect(committedNotes(folder)).toEqual([]);
    await run("git", ["-C", folder, "init", "--quiet"]);
    for (const name of [".env", ".env.prod", ".env.example", ".env.local"]) {
      writeFileSync(join(folder, name), "A=1\n");
    }
    expect(committedNotes(folder)).toEqual([]);
    await run("git", ["-C", folder, "add", ".env", ".env.prod", ".env.example"]);
    const wrong = "is in git; remove it (git rm --cached), and replace what was secret in it";
    expect(committedNotes(folder)).toEqual([`.env: ${wrong}`, `.env.prod: ${wrong}`]);
  });
});
