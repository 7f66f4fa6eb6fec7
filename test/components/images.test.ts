import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { appImage, imagesSettings, platformImage } from "../../components/images.js";

const settings = (over: object = {}) => imagesSettings.parse(over);
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keelson-images-"));
  for (const folder of ["images/proxy", "images/jobs", "images/acme", "images/backup", "web"]) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, "Dockerfile"), "FROM scratch\n");
  }
  for (const file of ["build", "jobs/cron", "jobs/heartbeat", "jobs/healthcheck"]) {
    writeFileSync(join(root, "images", file), "version 1\n");
  }
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

describe("platformImage", () => {
  it("is built by its script, under a tag that follows from its content", () => {
    const { tag, build } = platformImage("proxy", settings(), root);
    expect(tag).toMatch(/^keelson\/proxy:[0-9a-f]{12}$/);
    expect(build).toEqual(["bash", "images/build", "proxy", tag, "debian:trixie-slim"]);
  });

  it("has another tag with another file, base or revision, and else the same", () => {
    const tag = (over: object = {}) => platformImage("proxy", settings(over), root).tag;
    const [first, base, revision] = [tag(), tag({ base: "debian:13" }), tag({ revision: "2" })];
    expect(tag()).toBe(first);
    writeFileSync(join(root, "images/proxy/apply"), "new");
    expect(new Set([first, base, revision, tag()]).size).toBe(4);
  });

  it("of jobs follows the build script, which pins a binary in it; the others do not", () => {
    const tags = () => [
      platformImage("jobs", settings(), root).tag,
      platformImage("proxy", settings(), root).tag,
    ];
    const [jobs, proxy] = tags();
    writeFileSync(join(root, "images/build"), "version 2\n");
    const [newJobs, sameProxy] = tags();
    expect(newJobs).not.toBe(jobs);
    expect(sameProxy).toBe(proxy);
  });

  it.each([
    ["acme", "build"],
    ["acme", "jobs/cron"],
    ["acme", "jobs/heartbeat"],
    ["acme", "acme/Dockerfile"],
    ["backup", "build"],
    ["backup", "jobs/healthcheck"],
  ] as const)("of %s follows %s, which is in it", (image, file) => {
    const tag = () => platformImage(image, settings(), root).tag;
    const before = tag();
    writeFileSync(join(root, "images", file), "version 2\n");
    expect(tag()).not.toBe(before);
  });
});

describe("appImage", () => {
  const recipe = (over: object = {}) =>
    appImage(
      "shop",
      { context: "web", dockerfile: "Dockerfile", args: {}, ...over },
      settings(),
      root,
    );

  it("is built from its context, with its arguments", () => {
    const { tag, build } = recipe({ target: "run", args: { A: "1", B: "two words" } });
    expect(tag).toMatch(/^shop\/app:[0-9a-f]{12}$/);
    expect(build).toEqual([
      ...["bash", "images/build-app", tag, "web", "Dockerfile", "run", "", "A=1", "B=two words"],
    ]);
  });

  it("is built on the platform's base where its Dockerfile declares it", () => {
    writeFileSync(join(root, "web/Dockerfile"), "ARG BASE\nFROM $BASE\n");
    expect(recipe().build[6]).toBe("debian:trixie-slim");
  });

  it("has another tag with another argument, stage or Dockerfile", () => {
    const tags = [recipe(), recipe({ args: { A: "1" } }), recipe({ target: "run" })];
    expect(new Set(tags.map(({ tag }) => tag)).size).toBe(3);
  });
});
