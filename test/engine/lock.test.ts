import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { takeLock } from "#engine/lock";

let directory: string;
let locks: string;
let notices: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "keelson-lock-"));
  locks = join(directory, ".pulumi", "locks", "organization", "p", "s");
  notices = [];
});
afterEach(() => rm(directory, { recursive: true }));

const take = () => takeLock(directory, "p", "s", (line) => notices.push(line));

async function leave(pid: number, host: string, timestamp = new Date().toISOString()) {
  await mkdir(locks, { recursive: true });
  const owner = { pid, username: "somebody", hostname: host, timestamp };
  await writeFile(join(locks, "left.json"), JSON.stringify(owner));
}

test("a second run is refused and told who has the lock", async () => {
  const release = await take();
  await expect(take()).rejects.toThrow(
    new RegExp(
      `^Another run holds this stack: process ${process.pid} of .* on ${hostname()}, started 20`,
    ),
  );
  await release();
  expect(await readdir(locks)).toEqual([]);
  await (
    await take()
  )();
});

test("the lock of a process that has ended, but whose parent does not care, is removed", async () => {
  // The shell becomes `sleep`, which never asks how its child ended; before that the shell itself would ask.
  const child = "while grep -q sh /proc/$$/comm; do sleep 0.1; done";
  const parent = spawn("sh", ["-c", `{ ${child}; } & echo $!; exec sleep 60`]);
  try {
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    const state = () => readFile(`/proc/${pid}/stat`, "utf8");
    await vi.waitFor(async () => {
      expect(await state()).toMatch(/\) Z /);
    }, 10_000);
    await leave(pid, hostname());
    await (
      await take()
    )();
    expect(notices).toHaveLength(1);
  } finally {
    parent.kill();
  }
});

test("the lock of a dead process of this machine is removed, saying so", async () => {
  const child = spawn("true");
  await once(child, "exit");
  await leave(child.pid ?? 0, hostname());
  const release = await take();
  expect(notices).toEqual([
    expect.stringMatching(/^removed the lock of a run that is gone: process \d+/),
  ]);
  await release();
});

test("the lock of another machine stays", async () => {
  await leave(1, "elsewhere");
  await expect(take()).rejects.toThrow(/process 1 of somebody on elsewhere/);
  expect(notices).toEqual([]);
});

test("a living process that is younger than the lock is not its owner", async () => {
  const child = spawn("sleep", ["30"]);
  try {
    await leave(child.pid ?? 0, hostname(), "2020-01-01T00:00:00.000Z");
    await (
      await take()
    )();
    expect(notices).toHaveLength(1);
  } finally {
    child.kill();
  }
});
