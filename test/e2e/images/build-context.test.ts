// @module-tag long
// What the tag of an app's image follows from is what Docker sends to the build.
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contextHash } from "#lib/build-context";
import { docker, run, tryDocker } from "../../support/docker.js";
import {
  ignoreFiles,
  missingIn,
  notFollowed,
  writeContext,
  wrongLines,
} from "../../support/ignore-files.js";

const folder = mkdtempSync(join(tmpdir(), "keelson-ignore-"));
const tag = "keelson/test-ignore:1";
let buildkit = false;

beforeAll(async () => {
  buildkit = (await tryDocker(["buildx", "version"])).code === 0;
  writeContext(folder);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await tryDocker(["image", "rm", "--force", tag]);
});

const ignore = (text: string) => {
  writeFileSync(join(folder, ".dockerignore"), text);
};

/** Those of the files that Docker does not put into an image that takes all of its context. */
async function notInImage(): Promise<string[]> {
  await docker(["build", "--quiet", "--tag", tag, folder]);
  const container = await docker(["create", tag]);
  try {
    const { stdout } = await run("sh", ["-c", `docker export ${container} | tar -t`]);
    return missingIn(stdout.split("\n"));
  } finally {
    await docker(["rm", container]);
  }
}

describe("Docker", () => {
  it.each(ignoreFiles)("leaves out by the ignore file %j: %j", async (text, leftOut) => {
    ignore(text);
    expect(await notInImage()).toEqual(leftOut);
  });

  it("may leave out more where an exception is below a folder that is left out", async () => {
    ignore("*\n!**/b.md\n");
    const all = missingIn([]);
    const followed = missingIn(["src/deep/b.md"]);
    expect(notFollowed(folder)).toEqual(followed);
    // The classic builder does not look into such a folder, while BuildKit does.
    expect(await notInImage()).toEqual(buildkit ? followed : all);
  });

  it.each(wrongLines)("refuses the line %j", async (line) => {
    ignore(`${line}\n`);
    expect((await tryDocker(["build", "--quiet", "--tag", tag, folder])).code).toBe(1);
  });
});

describe("the tag of an image", () => {
  it("follows from a file of 3 GiB", () => {
    ignore("");
    truncateSync(join(folder, "a.txt"), 3 * 2 ** 30);
    const before = contextHash(folder, "Dockerfile");
    appendFileSync(join(folder, "a.txt"), "x");
    expect(contextHash(folder, "Dockerfile")).not.toBe(before);
    writeContext(folder);
  });
});
