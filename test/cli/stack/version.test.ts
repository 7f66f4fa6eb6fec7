import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Failure } from "#cli/io/failure";
import { targetOf } from "#cli/project/target";
import type { Release } from "#cli/stack/releases";
import { completeVersion } from "#cli/stack/version";
import { settingsFrom } from "#config";
import type { Docker } from "#lib/docker";
import { run } from "#lib/run-process";

const folder = mkdtempSync(join(tmpdir(), "keelson-version-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const git = async (...args: string[]) => {
  const who = ["-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "commit.gpgsign=false"];
  const result = await run("git", ["-C", folder, ...who, ...args]);
  if (result.code !== 0) throw new Error(result.stderr);
  return result.stdout.trim();
};
let commit = "";
beforeAll(async () => {
  mkdirSync(join(folder, "app"));
  writeFileSync(join(folder, "app", "a"), "1");
  await git("init", "--quiet");
  await git("add", ".");
  await git("commit", "--quiet", "-m", "app");
  commit = await git("rev-parse", "HEAD");
  await git("tag", "v1.2.0");
  writeFileSync(join(folder, "other"), "1");
  await git("add", ".");
  await git("commit", "--quiet", "-m", "no change of the app");
});

const live = { result: "live", image: "shop:1", version: "1", gitSha: "abc" } as Release;

/** The environment after the version was looked for, and what was said. */
async function completed(
  app: object,
  { given = {}, all = [] as readonly Release[], proxy = true, directory = folder } = {},
) {
  const environment: NodeJS.ProcessEnv = { ...given };
  const said: string[] = [];
  const docker = (() => Promise.reject(new Error("not asked"))) as unknown as Docker;
  const settings = settingsFrom({ environment: "local", app: { name: "shop", ...app } });
  const session = { settings, docker, target: targetOf({ stack: "local" }, directory) };
  const none = new Failure("The proxy does not run.");
  await completeVersion(session, (text) => said.push(text), {
    environment,
    releases: () => (proxy ? Promise.resolve(all) : Promise.reject(none)),
  });
  return { environment, said };
}

const build = { build: { context: "app" } };

describe("the version of a release", () => {
  it("is git's of the build context, whatever else the repository has changed", async () => {
    expect(await completed(build)).toEqual({
      environment: { GIT_SHA: commit, APP_VERSION: "v1.2.0" },
      said: [],
    });
  });

  it("says that the build context has changes that are in no commit", async () => {
    writeFileSync(join(folder, "app", "b"), "1");
    const { environment } = await completed(build);
    rmSync(join(folder, "app", "b"));
    expect(environment).toEqual({ GIT_SHA: `${commit}-dirty`, APP_VERSION: "v1.2.0-dirty" });
  });

  it("is the tag of what is checked out, whatever its commit changed", async () => {
    await git("tag", "nightly");
    await git("tag", "v1.3.0");
    const { environment } = await completed(build);
    await git("tag", "--delete", "nightly", "v1.3.0");
    expect(environment).toEqual({ GIT_SHA: commit, APP_VERSION: "v1.3.0" });
  });

  it("is left alone where environment or settings name it", async () => {
    const given = { GIT_SHA: "mine", APP_VERSION: "2" };
    expect(await completed(build, { given })).toEqual({ environment: given, said: [] });
    const own = await completed({ ...build, version: "3" }, { given: { GIT_SHA: "mine" } });
    expect(own).toEqual({ environment: { GIT_SHA: "mine" }, said: [] });
  });

  it("stays the live one's where the image is the same, and that is said", async () => {
    const { environment, said } = await completed({ image: "shop:1" }, { all: [live] });
    expect(environment).toEqual({ GIT_SHA: "abc", APP_VERSION: "1" });
    expect(said).toEqual([
      "APP_VERSION is not set, and git does not say it: the app's version stays 1, as in the live release.",
      "GIT_SHA is not set, and git does not say it: the app's commit stays abc, as in the live release.",
    ]);
  });

  it.each([
    ["another image", { image: "shop:2" }, { all: [live] }],
    ["no release", { image: "shop:1" }, { all: [] }],
    ["no proxy", { image: "shop:1" }, { proxy: false }],
    ["a folder without git", build, { directory: "/nowhere" }],
  ])("is the default with %s, and that is said", async (_, app, options) => {
    const { environment, said } = await completed(app, options);
    expect(environment).toEqual({});
    expect(said).toEqual([
      'APP_VERSION is not set, and git does not say it: the app\'s version is "0.0.0".',
      'GIT_SHA is not set, and git does not say it: the app\'s commit is "unknown".',
    ]);
  });
});
