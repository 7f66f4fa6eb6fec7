import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../support/root.js";

const loader = pathToFileURL(join(root, "bin", "typescript.mjs")).href;

describe("bin/typescript.mjs", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keelson-typescript-"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "part.ts"), "export const part = (text: string): string => text;");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function run(main: string) {
    writeFileSync(join(folder, "main.ts"), main);
    const args = ["--import", loader, join(folder, "main.ts")];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    return { status, stdout, stderr };
  }

  it("runs TypeScript whose imports have the names that a build would give", () => {
    const main = 'import { part } from "./part.js"; console.log(part("whole"));';
    expect(run(main)).toEqual({ status: 0, stdout: "whole\n", stderr: "" });
  });

  it("names the file that is not there by its own name", () => {
    const { status, stderr } = run('import { none } from "./none.js"; console.log(none);');
    expect([status, stderr]).toEqual([1, expect.stringMatching(/Cannot find module .*none\.ts/)]);
  });

  it("starts Pulumi's SDK without a compiler and without npm, and has both where a function is serialized", () => {
    const sdk = (file: string) =>
      JSON.stringify(pathToFileURL(join(root, "node_modules/@pulumi/pulumi", file)).href);
    const main = `
      import { createRequire } from "node:module";
      import { runtime } from ${sdk("index.js")};
      const require = createRequire(${sdk("runtime/closure/codePaths.js")});
      const files = /\\/node_modules\\/(?:typescript\\/lib\\/typescript|@npmcli\\/(?:arborist)\\/lib\\/index)\\.js$/;
      const loaded = () => Object.keys(require.cache).filter((file) => files.test(file)).length;
      console.log("started with", loaded());
      const three = 3;
      const { text } = await runtime.serializeFunction(() => three + 1, {});
      console.log(text.includes("three"), "with", loaded());
      console.log(require("@npmcli/arborist").Arborist.name, "with", loaded());
    `;
    expect(run(main)).toEqual({
      status: 0,
      stdout: "started with 0\ntrue with 1\nArborist with 2\n",
      stderr: "",
    });
  });
});
