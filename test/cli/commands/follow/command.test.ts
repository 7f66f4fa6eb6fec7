// The command as a service runs it: signals, a second one, and one that is killed.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Followed } from "../../../support/followed.js";
import { root } from "../../../support/root.js";
import { long } from "../../../support/long.js";

let repository: Followed;
const started: ChildProcess[] = [];
beforeEach(() => {
  repository = new Followed();
});
afterEach(() => {
  repository.end();
  for (const each of started.splice(0)) each.kill("SIGKILL");
  repository.remove();
});

const timeout = 120_000;

/** Starts `keelson follow` in the operator's clone. */
function start(...args: string[]) {
  const env = { ...process.env, WORLD: repository.world };
  const typescript = join(root, "bin/typescript.mjs");
  const command = [
    "--import",
    typescript,
    join(root, "cli/main.ts"),
    "follow",
    "--stack",
    "standin",
    ...args,
  ];
  const child = spawn(process.execPath, command, { cwd: repository.project, env });
  started.push(child);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  }
  const ended = once(child, "close").then(([code]: unknown[]) => code);
  return { child, ended, printed: () => printed };
}

const main = ["--branch", "main", "--every", "5s"];

describe("keelson follow", { timeout }, () => {
  it("ends at SIGTERM when the up that runs has ended, and lets no second one in before", async () => {
    repository.push("slow");
    const one = start(...main);
    await expect.poll(() => repository.tried, { timeout }).toEqual(["v1"]);
    one.child.kill("SIGTERM");
    const second = start(...main);
    expect(await second.ended).toBe(1);
    expect(second.printed()).toMatch(
      /^Another follower is at work on this stack, or an up that one began \(process \d+, since /,
    );
    expect(repository.told("live")).toBe("");
    repository.end();
    expect(await one.ended).toBe(0);
    expect(repository.told("live")).toBe("v1");
    const events = one
      .printed()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(events).toMatchObject([{ event: "new" }, { event: "up" }, { event: "live" }]);
  });

  it(
    "leaves the up that runs alone when it is killed, and the next one waits for that",
    long,
    async () => {
      repository.push("slow");
      const one = start(...main);
      await expect.poll(() => repository.tried, { timeout }).toEqual(["v1"]);
      one.child.kill("SIGKILL");
      await one.ended;
      const second = start("--branch", "main", "--once");
      expect(await second.ended).toBe(1);
      repository.end();
      await expect.poll(() => repository.told("live"), { timeout }).toBe("v1");
      // The lock ends with the process, an instant after its last word, and an interrupted try is followed by a wait.
      let third = start("--branch", "main", "--once");
      while ((await third.ended) !== 0) third = start("--branch", "main", "--once");
      expect(third.printed()).toContain('"event":"live"');
      expect([repository.tried, repository.told("overlaps")]).toEqual([["v1", "v1"], ""]);
    },
  );

  it("ends with 1 where what is wanted is not live", long, async () => {
    repository.push("bad");
    const once = start("--branch", "main", "--once");
    expect(await once.ended).toBe(1);
    expect(once.printed()).toMatch(/"event":"failed".*HTTP 500/);
    const elsewhere = start("--branch", "main", "--once", "--remote", "/nowhere");
    expect(await elsewhere.ended).toBe(1);
    expect(elsewhere.printed()).toContain("/nowhere can't be read");
  });

  it("prints its unit", async () => {
    const printed = start(...main, "--print");
    expect(await printed.ended).toBe(0);
    expect(printed.printed()).toContain('"follow" "--stack" "standin" "--branch" "main"');
  });
});
