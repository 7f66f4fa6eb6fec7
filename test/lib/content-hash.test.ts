import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contentHash } from "#lib/content-hash";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-hash-"));
  mkdirSync(join(folder, "inner"));
  writeFileSync(join(folder, "inner", "file"), "text");
  chmodSync(join(folder, "inner", "file"), 0o644);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("contentHash", () => {
  const file = () => join(folder, "inner", "file");

  it("is 12 hexadecimal digits, and the same every time", () => {
    expect(contentHash(folder)).toMatch(/^[0-9a-f]{12}$/);
    expect(contentHash(folder)).toBe(contentHash(folder));
  });

  it.each<[string, () => void]>([
    [
      "content",
      () => {
        writeFileSync(file(), "tex7");
      },
    ],
    [
      "executable bit",
      () => {
        chmodSync(file(), 0o755);
      },
    ],
    [
      "name",
      () => {
        renameSync(file(), join(folder, "inner", "other"));
      },
    ],
    [
      "new file",
      () => {
        writeFileSync(join(folder, "new"), "");
      },
    ],
    [
      "new link",
      () => {
        symlinkSync("inner/file", join(folder, "link"));
      },
    ],
  ])("changes with a file's %s", (_, change) => {
    const before = contentHash(folder);
    change();
    expect(contentHash(folder)).not.toBe(before);
  });

  it.each<[string, () => void]>([
    [
      "the umask of whoever cloned",
      () => {
        chmodSync(file(), 0o600);
      },
    ],
    [
      "installed packages",
      () => {
        mkdirSync(join(folder, "node_modules"));
        writeFileSync(join(folder, "node_modules", "x"), "");
      },
    ],
    [
      "the repository's own files",
      () => {
        mkdirSync(join(folder, ".git"));
        writeFileSync(join(folder, ".git", "x"), "");
      },
    ],
  ])("does not change with %s", (_, change) => {
    const before = contentHash(folder);
    change();
    expect(contentHash(folder)).toBe(before);
  });

  it("changes with what else is given, and with where one text ends", () => {
    const hashes = [[], ["ab"], ["a", "b"], ["b", "a"]].map((extra) => contentHash(folder, extra));
    expect(new Set(hashes).size).toBe(4);
  });
});
