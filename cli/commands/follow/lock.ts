import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Failure } from "../../io/failure.js";

/**
 * A lock of the kernel's (flock): it ends with the last process that has its file open, however that process ends. A child that
 * gets `handle` holds it as well, so an `up` that outlives its follower keeps the next one out.
 */
export interface FileLock {
  readonly handle: number;
  release(): void;
}

/** Takes the lock of a file, at once or not at all. @throws Failure */
export async function lockFile(file: string): Promise<FileLock> {
  const handle = openSync(file, "a+", 0o600);
  // Node has no flock: the program locks the open file that it inherits, and the lock stays when it has ended.
  const taking = spawn("flock", ["--exclusive", "--nonblock", "3"], {
    stdio: ["ignore", "ignore", "ignore", handle],
  });
  const code = await Promise.race([
    once(taking, "close").then(([exit]: unknown[]) => exit),
    once(taking, "error").then(() => undefined),
  ]).catch(() => undefined);
  if (code !== 0) {
    const holder = readFileSync(file, "utf8").trim();
    closeSync(handle);
    throw new Failure(code === 1 ? heldText(holder) : missingText);
  }
  ftruncateSync(handle);
  writeSync(handle, `process ${String(process.pid)}, since ${new Date().toISOString()}\n`);
  return {
    handle,
    release: () => {
      closeSync(handle);
    },
  };
}

function heldText(holder: string): string {
  return `Another follower is at work on this stack, or an up that one began (${holder}); wait for it to end.`;
}

const missingText =
  "flock can't be run, which keeps a second follower out; install util-linux (apt-get install util-linux).";
