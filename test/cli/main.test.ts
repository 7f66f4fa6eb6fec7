import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { root } from "../support/root.js";

const typescript = pathToFileURL(join(root, "bin", "typescript.mjs")).href;
const modules = pathToFileURL(join(root, "test", "support", "print-modules.mjs")).href;

/** Runs a command line; with it the files of the checkout that were loaded, and the packages. */
function keelson(...args: string[]) {
  const node = ["--import", typescript, "--import", modules, join(root, "cli", "main.ts")];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, ...args], {
    encoding: "utf8",
  });
  const [printed = "", loaded = ""] = stderr.split("--- loaded ---\n");
  const paths = loaded
    .split("\n")
    .filter((url) => url.startsWith("file:"))
    .map((url) => relative(root, fileURLToPath(url)));
  const packages = paths.flatMap(
    (path) => /node_modules\/((@[^/]*\/)?[^/]*)/.exec(path)?.[1] ?? [],
  );
  return {
    status,
    stdout,
    stderr: printed,
    files: paths.filter((path) => path.endsWith(".ts")),
    packages: [...new Set(packages)].sort(),
  };
}

/** What reads a command line: nothing that a command does. */
const reads =
  /^(cli\/(main|commands)|cli\/registrations\/[a-z-]+|lib\/(complete-error|(package|project)-root))\.ts$/;

describe("the command line", () => {
  it.each([
    [["--help"], 0, "", /^Usage: keelson \[options\]/],
    [["--version"], 0, "", /^\d+\.\d+\.\d+\n$/],
    [["restore", "--help"], 0, "", /^Usage: keelson restore/],
    [["relases"], 1, "error: unknown command 'relases'\n(Did you mean releases?)\n", /^$/],
    [["up", "--refesh"], 1, "error: unknown option '--refesh'\n(Did you mean --refresh?)\n", /^$/],
    [["import"], 1, "error: required option '--dump <file>' not specified\n", /^$/],
  ])("answers %j before any command is loaded", (args, status, stderr, stdout) => {
    const result = keelson(...args);
    expect(result).toMatchObject({ status, stderr, packages: ["commander"] });
    expect(result.stdout).toMatch(stdout);
    expect(result.files.filter((file) => !reads.test(file))).toEqual([]);
  });

  it("shows a failure by its message alone", () => {
    const { status, stderr } = keelson("restore", "--snapshot", "1");
    expect([status, stderr]).toEqual([1, "--snapshot goes with --volume.\n"]);
  });
});
