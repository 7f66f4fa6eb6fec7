// The migration's step as a process of its own, as an engine starts it.
import { spawn } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parameters } from "../support/migration-host.js";
import { root } from "../support/root.js";

const docker = join(root, "test/support/docker-of-a-migration.mjs");
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-step-"));
  chmodSync(docker, 0o755);
  symlinkSync(docker, join(folder, "docker"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Starts the step; it has begun to migrate when this returns. */
async function begun() {
  const PATH = [folder, process.env["PATH"] ?? ""].join(delimiter);
  const TMPDIR = join(folder, "tmp");
  mkdirSync(TMPDIR);
  const child = spawn(process.execPath, ["bin/step.mjs", "migrate"], {
    cwd: root,
    env: { ...process.env, ...parameters, MIGRATION_SERVER: "", PATH, TMPDIR, STAND_IN: folder },
    stdio: ["pipe", "ignore", "pipe"],
  });
  child.stdin.end("[keelson]\nhost=db\n");
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  while (!said.includes("migrating")) {
    if (child.exitCode !== null) throw new Error(said);
    await delay(20);
  }
  return { child, ended, left: () => readdirSync(TMPDIR) };
}

const asked = () => readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
const removed = `rm --force ${parameters.MIGRATION_STEP}`;

describe("the process of a migration's step", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("leaves nothing after %s", async (signal, code) => {
    const { child, ended, left } = await begun();
    child.kill(signal);
    expect(await ended).toBe(code);
    // Its run may have ended before it has.
    const acts = asked().filter((each) => each !== "told: report");
    expect(acts).toEqual([removed, "told: begin", removed, "start", removed, "holder ended"]);
    expect(left()).toEqual([]);
  });

  it("comes to its end though nobody reads what it says any more", async () => {
    const { child, ended, left } = await begun();
    child.stderr.destroy();
    await delay(200);
    writeFileSync(join(folder, "end"), "");
    expect(await ended).toBe(0);
    expect(asked().slice(-6)).toEqual([
      "start",
      "told: report",
      "told: left",
      "told: passed",
      removed,
      "holder ended",
    ]);
    expect(left()).toEqual([]);
  });
});
