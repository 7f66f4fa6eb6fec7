import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../support/root.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-one-shot-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the step as a process, with a `docker` that does what the shell lines say for `docker run`. */
async function oneShot(run: string, { input = "", timeout = 60 } = {}) {
  // What is removed ends, as a container's client does.
  const docker = `#!/bin/sh
echo "$*" >>"${folder}/asked"
case $1 in
  rm) [ ! -e "${folder}/pid" ] || kill "$(cat "${folder}/pid")" ;;
  run) echo "$$" >"${folder}/pid"; ${run} ;;
esac`;
  writeFileSync(join(folder, "docker"), docker, { mode: 0o755 });
  const PATH = [folder, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const child = spawn("node", ["bin/step.mjs", "one-shot"], {
    cwd: root,
    env: {
      PATH,
      SECRET: "by its name",
      ONE_SHOT: "shop-fill",
      ONE_SHOT_RUN: '["--env","SECRET","jobs:1","write it"]',
      ONE_SHOT_TIMEOUT: String(timeout),
    },
  });
  child.stdin.end(input);
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => (texts[name] += chunk.toString()));
  }
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, ...texts, asked: readFileSync(join(folder, "asked"), "utf8").trim().split("\n") };
}

describe("a one-shot", () => {
  it("reads what the step reads, prints what the step prints, and removes what an earlier one left", async () => {
    const ran = await oneShot('cat; printf " %s" "$SECRET"', { input: "given" });
    expect(ran).toEqual({
      code: 0,
      stdout: "given by its name",
      stderr: "",
      asked: ["rm --force shop-fill", "run --name shop-fill --rm --env SECRET jobs:1 write it"],
    });
  });

  it("fails the step with its exit code, after what it says", async () => {
    expect(await oneShot("echo no room >&2; exit 7")).toMatchObject({
      code: 1,
      stderr: "no room\nshop-fill ended with 7\n",
    });
  });

  it("is removed when its time is over", async () => {
    const { code, stderr, asked } = await oneShot("exec sleep 60", { timeout: 1 });
    expect([code, stderr]).toEqual([1, "shop-fill did not end within 1 s\n"]);
    expect(asked.at(-1)).toBe("rm --force shop-fill");
  });
});
