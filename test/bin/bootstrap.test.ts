import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

interface Bootstrap {
  readonly staleness: (directory: string) => string | undefined;
  readonly nodeBinary: (directory: string, current: object) => string | undefined;
}
// Plain JavaScript without types: it has to run before any package is there.
const file: string = "../../bin/bootstrap.mjs";
const { staleness, nodeBinary } = (await import(file)) as Bootstrap;

function checkout(wanted: object, installed?: object): string {
  const directory = mkdtempSync(join(tmpdir(), "keelson-bootstrap-"));
  const json = (packages: object) => JSON.stringify({ packages });
  writeFileSync(join(directory, "package-lock.json"), json(wanted));
  if (installed === undefined) return directory;
  mkdirSync(join(directory, "node_modules", ".bin"), { recursive: true });
  writeFileSync(join(directory, "node_modules", ".bin", "tsx"), "");
  writeFileSync(join(directory, "node_modules", ".package-lock.json"), json(installed));
  return directory;
}

const lock = {
  "": {},
  "node_modules/a": { version: "1.0.0" },
  "node_modules/b": { version: "1.0.0", optional: true },
};

describe("staleness", () => {
  it("wants packages where there are none", () => {
    expect(staleness(checkout(lock))).toBe("packages are not installed yet");
  });

  it("is content with the lock file's versions, optional ones apart", () => {
    const installed = { "node_modules/a": { version: "1.0.0" } };
    expect(staleness(checkout(lock, installed))).toBeUndefined();
  });

  it.each([
    [{}, "a is not at 1.0.0"],
    [{ "node_modules/a": { version: "0.9.0" } }, "a is not at 1.0.0"],
    [
      { "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "2.0.0" } },
      "b is not at 1.0.0",
    ],
  ])("names the package that differs in %j", (installed, reason) => {
    expect(staleness(checkout(lock, installed))).toBe(reason);
  });
});

describe("nodeBinary", () => {
  it.each([
    ["20.11.1", undefined],
    ["22.12.0", "/usr/bin/node"],
    ["24.1.0", "/usr/bin/node"],
  ])("with no packaged Node and Node %s gives %s", (node, expected) => {
    const current = { versions: { node }, execPath: "/usr/bin/node" };
    expect(nodeBinary(checkout(lock), current)).toBe(expected);
  });

  it("prefers the packaged one", () => {
    const directory = checkout(lock, {});
    const packaged = join(directory, "node_modules", ".bin", "node");
    writeFileSync(packaged, "");
    expect(nodeBinary(directory, { versions: { node: "22.0.0" } })).toBe(packaged);
  });
});
