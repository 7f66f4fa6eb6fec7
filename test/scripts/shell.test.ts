import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "#cli/io/failure";
import { shellFiles } from "#scripts/shell-files";
import { checkShell, formatted, shellcheckPlan, type ShellTools } from "#scripts/shell";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-shell-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

describe("shellFiles", () => {
  it("finds shell by its first line or its name, and nothing of others", () => {
    write({
      "images/a": "#!/usr/bin/env bash\necho a\n",
      "images/b": "#!/bin/sh\necho b\n",
      "images/lib.bash": "echo c\n",
      "images/run.js": "#!/usr/bin/env node\n",
      "images/empty": "",
      "text.md": "# Shell\n\n#!/bin/sh\n",
      "node_modules/x": "#!/bin/sh\n",
      ".git/hooks/x": "#!/bin/sh\n",
      ".ci/run": "#!/bin/bash\n",
    });
    symlinkSync("a", join(folder, "images", "link"));
    expect(shellFiles(folder).map(({ path, dialect }) => `${path} ${dialect}`)).toEqual([
      ".ci/run bash",
      "images/a bash",
      "images/b sh",
      "images/lib.bash bash",
    ]);
  });
});

describe("formatted", () => {
  const file = (text: string) => ({ path: "a", text, dialect: "bash" as const });

  it("indents by two, cases too, and leaves operators at the end of a line", async () => {
    const text = "case $1 in\na) if b >c; then d;fi;;\nesac\ne &&\nf\n";
    expect(await formatted(file(text))).toBe(
      "case $1 in\n  a) if b >c; then d; fi ;;\nesac\ne &&\n  f\n",
    );
  });

  it("refuses what is no shell", async () => {
    await expect(formatted(file("if true\n"))).rejects.toThrow(/must be followed by/);
  });
});

describe("shellcheckPlan", () => {
  const install = () => Promise.resolve();
  const plan = (there: boolean, root: boolean, apt: boolean) =>
    shellcheckPlan({ there: () => there, root, apt, install });

  it.each([
    [true, false, false, "check"],
    [false, true, true, "install"],
    [
      false,
      false,
      true,
      { skip: "shellcheck is not installed; run `sudo apt-get install -y shellcheck`" },
    ],
    [
      false,
      true,
      false,
      { skip: "shellcheck is not installed; install it (https://www.shellcheck.net)" },
    ],
  ] as const)("there %s, root %s, apt %s: %j", (there, root, apt, decided) => {
    expect(plan(there, root, apt)).toEqual(decided);
  });
});

describe("checkShell", () => {
  const [good, bad] = ["#!/bin/sh\necho a\n", "#!/bin/sh\nif a;then\nb;fi\n"];
  let said: string[] = [];
  beforeEach(() => {
    said = [];
  });

  function check(over: Partial<ShellTools> = {}, writes = false) {
    const tools: ShellTools = {
      there: () => true,
      root: true,
      apt: true,
      install: () => Promise.reject(new Error("installed for nothing")),
      run: () => Promise.resolve({ code: 0, stdout: "", stderr: "" }),
      ...over,
    };
    return checkShell({ root: folder, say: (line) => said.push(line), write: writes }, tools);
  }

  it("counts each file once for its form and once for what shellcheck says of it", async () => {
    write({ good, bad });
    const stdout = "bad:3:1: warning: one [SC1]\nbad:4:1: error: other [SC2]\n";
    const asked: unknown[] = [];
    const run: ShellTools["run"] = (...args) => {
      asked.push(args);
      return Promise.resolve({ code: 1, stdout, stderr: "" });
    };
    expect(await check({ run })).toEqual({
      passed: 2,
      failed: 2,
      skipped: 0,
      left: 0,
      reasons: [],
    });
    expect(said).toEqual([
      "bad:2: is not formatted; run `npm run shell -- --write`",
      "bad:3:1: warning: one [SC1]",
      "bad:4:1: error: other [SC2]",
    ]);
    expect(asked).toEqual([
      ["shellcheck", ["--severity=warning", "--format=gcc", "bad", "good"], { cwd: folder }],
    ]);
  });

  it("formats what it may write", async () => {
    write({ good, bad });
    expect(await check({}, true)).toMatchObject({ passed: 4, failed: 0 });
    expect(readFileSync(join(folder, "bad"), "utf8")).toBe("#!/bin/sh\nif a; then\n  b\nfi\n");
  });

  it("names a file that is no shell", async () => {
    write({ broken: "#!/bin/sh\nif true\n" });
    expect(await check()).toMatchObject({ passed: 1, failed: 1 });
    expect(said).toEqual([
      expect.stringMatching(/^broken: .* must be followed by .*; correct it$/),
    ]);
  });

  it("installs shellcheck where it may, and skips it with the reason where that does not succeed", async () => {
    write({ good });
    let there = false;
    const install = () => {
      there = true;
      return Promise.resolve();
    };
    expect(await check({ there: () => there, install })).toMatchObject({ passed: 2, skipped: 0 });
    const fails = () => Promise.reject(new Failure("apt-get update failed: no network"));
    const reason = "shellcheck is not installed, and apt-get update failed: no network";
    expect(await check({ there: () => false, install: fails })).toEqual({
      passed: 1,
      failed: 0,
      skipped: 1,
      left: 0,
      reasons: [`shell: ${reason}`],
    });
    expect(said.at(-1)).toBe(`shellcheck: skipped: ${reason}`);
  });

  it("does not take a shellcheck that could not look for one that found nothing", async () => {
    write({ good });
    const run = () => Promise.resolve({ code: 2, stdout: "", stderr: "good: cannot be read\n" });
    await expect(check({ run })).rejects.toThrow("shellcheck ended with 2: good: cannot be read");
  });
});
