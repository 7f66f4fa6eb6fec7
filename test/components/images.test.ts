import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { appImage, platformImage, upgradeImage } from "#components/images/recipes";
import { imagesSettings } from "#components/images/settings";
import { postgresMajors } from "#lib/platform";

const settings = (over: object = {}) => imagesSettings.parse(over);
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keelson-images-"));
  const images = ["proxy", "jobs", "acme", "backup", "postgres", "redis", "upgrade", "packages"];
  for (const folder of [...images.map((each) => `images/${each}`), "web"]) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, "Dockerfile"), "FROM scratch\n");
  }
  const tools = ["restore-dump", "common.bash", "drill.bash", "timeline.bash", "restore-dump.bash"];
  const shared = [
    "jobs/cron",
    "jobs/ping-heartbeat",
    "jobs/healthcheck",
    "postgres/add-postgres",
    "redis/log.bash",
  ].concat(
    [...tools, "restore-problem.awk", "rows.sql", "large-objects.sql", "dump-check.sql"].map(
      (each) => `backup/${each}`,
    ),
  );
  for (const file of ["build", ...shared]) {
    writeFileSync(join(root, "images", file), "version 1\n");
  }
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

describe("platformImage", () => {
  it("is built by its script, under a tag that follows from its content", () => {
    const { tag, build } = platformImage("proxy", settings(), root, 17);
    expect(tag).toMatch(/^keelson\/proxy:[0-9a-f]{12}$/);
    expect(build).toEqual(["bash", "images/build", "proxy", tag, "debian:trixie-slim"]);
  });

  it("has another tag with another file, base or revision, and else the same", () => {
    const tag = (over: object = {}) => platformImage("proxy", settings(over), root, 17).tag;
    const [first, base, revision] = [tag(), tag({ base: "debian:13" }), tag({ revision: "2" })];
    expect(tag()).toBe(first);
    writeFileSync(join(root, "images/proxy/session"), "new");
    expect(new Set([first, base, revision, tag()]).size).toBe(4);
  });

  it("of jobs follows the build script, which pins a binary in it; the others do not", () => {
    const tags = () => [
      platformImage("jobs", settings(), root, 17).tag,
      platformImage("proxy", settings(), root, 17).tag,
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
    ["acme", "jobs/ping-heartbeat"],
    ["acme", "acme/Dockerfile"],
    ["backup", "build"],
    ["jobs", "backup/restore-dump"],
    ["jobs", "backup/drill.bash"],
    ["backup", "jobs/healthcheck"],
    ["backup", "postgres/add-postgres"],
    ["backup", "redis/log.bash"],
  ] as const)("of %s follows %s, which is in it", (image, file) => {
    const tag = () => platformImage(image, settings(), root, 17).tag;
    const before = tag();
    writeFileSync(join(root, "images", file), "version 2\n");
    expect(tag()).not.toBe(before);
  });
});

describe("the images with a server in them", () => {
  it("57: are of the major version that the stack has, the backup's tools too", () => {
    const of = (major: 15 | 17) =>
      (["postgres", "backup", "jobs"] as const).map((each) =>
        platformImage(each, settings(), root, major),
      );
    const [old, young] = [of(15), of(17)];
    expect(old.map(({ build }) => build[5])).toEqual(["15", "15", undefined]);
    expect(young.map(({ build }) => build[5])).toEqual(["17", "17", undefined]);
    expect(old.map(({ tag }, index) => tag === young[index]?.tag)).toEqual([false, false, true]);
  });

  it("have the packages of extensions on top, in the order of their names", () => {
    const packages = ["postgresql-17-rum", "postgresql-17-pgvector", "postgresql-17-rum"];
    const plain = platformImage("backup", settings(), root, 17);
    const { tag, build } = platformImage("backup", settings(), root, 17, packages);
    expect(tag).toMatch(/^keelson\/backup:[0-9a-f]{12}$/);
    expect(tag).not.toBe(plain.tag);
    const names = ["postgresql-17-pgvector", "postgresql-17-rum"];
    const args = ["backup", plain.tag, "debian:trixie-slim", "17", ...names];
    expect(build).toEqual(["bash", "images/build-packages", tag, ...args]);
    expect(platformImage("jobs", settings(), root, 17, packages)).toEqual(
      platformImage("jobs", settings(), root, 17),
    );
    const upgrade = upgradeImage({ from: 15, to: 17 }, settings(), root, packages);
    expect(upgrade.base).toEqual({ tag, build });
  });

  it("are both in the one that upgrades, which is built on the newer backup image", () => {
    const { tag, base, build } = upgradeImage({ from: 15, to: 17 }, settings(), root);
    expect(base).toEqual(platformImage("backup", settings(), root, 17));
    expect(build).toEqual(["bash", "images/build", "upgrade", tag, base.tag, "17", "15"]);
    expect(upgradeImage({ from: 17, to: 17 }, settings(), root).tag).not.toBe(tag);
    writeFileSync(join(root, "images/backup/drill.bash"), "version 2\n");
    expect(upgradeImage({ from: 15, to: 17 }, settings(), root).tag).not.toBe(tag);
  });

  it("can be made of every major version that a stack may name", () => {
    const script = join(import.meta.dirname, "../../images/postgres/add-postgres");
    const table = /suites=\((.*)\)/.exec(readFileSync(script, "utf8"))?.[1] ?? "";
    const majors = [...table.matchAll(/\[(\d+)\]=/g)].map(([, major]) => Number(major));
    expect(majors).toEqual([...postgresMajors]);
  });
});

describe("appImage", () => {
  const recipe = (over: object = {}) =>
    appImage(
      "shop",
      { context: "web", dockerfile: "Dockerfile", args: {}, secrets: [], ...over },
      settings(),
      root,
    );

  it("is built from its context, with its arguments", () => {
    const { tag, build } = recipe({ target: "run", args: { A: "1", B: "two words" } });
    expect(tag).toMatch(/^shop\/app:[0-9a-f]{12}$/);
    expect(build).toEqual([
      "bash",
      "images/build-app",
      tag,
      "web",
      "Dockerfile",
      "run",
      "",
      "A=1",
      "B=two words",
    ]);
  });

  it.each([
    [
      "where its Dockerfile declares it",
      "# first\nARG BASE\nFROM $BASE\n",
      {},
      "debian:trixie-slim",
    ],
    ["declared with another", "ARG A=1 BASE\nfrom $BASE\n", {}, "debian:trixie-slim"],
    ["not where it names one itself", "ARG BASE=node:22\nFROM $BASE\n", {}, ""],
    ["not where a stage repeats it", "ARG BASE=node:22\nFROM $BASE\nARG BASE\n", {}, ""],
    ["not where a stage alone has it", "FROM node:22\nARG BASE\n", {}, ""],
    ["not where the user names one", "ARG BASE\nFROM $BASE\n", { BASE: "node:22" }, ""],
    ["not where it is a comment", "#ARG BASE\nFROM node:22\n", {}, ""],
  ])("is built on the platform's base %s", (_, text, args, base) => {
    writeFileSync(join(root, "web/Dockerfile"), text);
    expect(recipe({ args }).build[6]).toBe(base);
  });

  it("has another tag with another argument, stage or Dockerfile", () => {
    const tags = [recipe(), recipe({ args: { A: "1" } }), recipe({ target: "run" })];
    expect(new Set(tags.map(({ tag }) => tag)).size).toBe(3);
  });
});
