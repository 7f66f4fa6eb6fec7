import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { hasEnded } from "#lib/processes";
import { EngineError } from "./errors.js";

/** The holder of a lock; the fields are those of Pulumi's file backend, which so honours ours too. */
interface Owner {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

/** Gives the lock back. */
export type Release = () => Promise<void>;

/**
 * Takes the stack's lock. Throws an EngineError that names the owner when another run has it; the
 * lock of a process of this machine that is gone is removed, and `notice` says so.
 */
export async function takeLock(
  stateDirectory: string,
  project: string,
  stack: string,
  notice: (line: string) => void,
): Promise<Release> {
  const directory = join(stateDirectory, ".pulumi", "locks", "organization", project, stack);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await refuseOthers(directory, undefined, notice);
  const own = `${randomUUID()}.json`;
  await writeOwn(join(stateDirectory, ".pulumi", "locks", `${own}.part`), join(directory, own));
  try {
    // Two runs may both have seen no lock; after writing, each sees the other and both give way.
    await refuseOthers(directory, own, notice);
  } catch (error) {
    await rm(join(directory, own), { force: true });
    throw error;
  }
  return () => rm(join(directory, own), { force: true });
}

// Written elsewhere and moved in whole: a run that is killed here leaves no lock that names nobody.
async function writeOwn(part: string, path: string): Promise<void> {
  const owner: Owner = {
    pid: process.pid,
    username: userInfo().username,
    hostname: hostname(),
    timestamp: new Date().toISOString(),
  };
  const file = await open(part, "wx", 0o600);
  try {
    await file.writeFile(JSON.stringify(owner));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
}

async function refuseOthers(
  directory: string,
  own: string | undefined,
  notice: (line: string) => void,
): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name === own || !name.endsWith(".json")) continue;
    const path = join(directory, name);
    const owner = await readOwner(path);
    if (owner === undefined) continue;
    if (!(await isGone(owner)))
      throw new EngineError(
        `Another run holds this stack: ${describe(owner)}. Wait for it to end; if it no longer exists, delete ${path}`,
      );
    await rm(path, { force: true });
    notice(`removed the lock of a run that is gone: ${describe(owner)}`);
  }
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Owner;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    // One that can't be read may be another program's; its owner is unknown.
    const { mtime } = await stat(path);
    return { pid: 0, username: "unknown", hostname: "unknown", timestamp: mtime.toISOString() };
  }
}

function describe(owner: Owner): string {
  return `process ${owner.pid} of ${owner.username} on ${owner.hostname}, started ${owner.timestamp}`;
}

async function isGone(owner: Owner): Promise<boolean> {
  if (owner.hostname !== hostname() || owner.pid <= 0) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  return hasEnded(owner.pid) || (await startedAfter(owner.pid, Date.parse(owner.timestamp)));
}

// The number may have gone to another process since: then that process is younger than the lock.
async function startedAfter(pid: number, time: number): Promise<boolean> {
  if (pid === process.pid) return false;
  try {
    const { ctimeMs } = await stat(`/proc/${pid}`);
    return ctimeMs > time + 10_000;
  } catch {
    // No /proc on this system: the living process counts as the owner.
    return false;
  }
}
