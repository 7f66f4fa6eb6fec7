import {
  existsSync,
  fsyncSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Failure } from "../../io/failure.js";

const memory = z.strictObject({
  /** The head whose `up` has succeeded last; null before the first. */
  live: z.string().nullable(),
  /** The head whose `up` has not succeeded, since the last one that did. */
  tried: z
    .strictObject({
      head: z.string(),
      tries: z.int().min(0),
      /** It is tried no more. */
      bad: z.boolean(),
      /** Time from which it may be tried again. */
      next: z.iso.datetime(),
      reason: z.string(),
    })
    .nullable(),
});

/** Memory of a follower, which outlives it. */
export type Memory = z.output<typeof memory>;

/** The memory of a follower that has done nothing yet. */
export const nothingTried: Memory = { live: null, tried: null };

/** Reads a follower's memory from its folder. @throws Failure for one that can't be read */
export function readMemory(folder: string): Memory {
  const file = join(folder, "state.json");
  if (!existsSync(file)) return nothingTried;
  try {
    return memory.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw new Failure(`${file}: is damaged; remove it, and the follower runs up once more.`);
  }
}

/** Writes a follower's memory: as a whole or not at all, and on the disk when this returns. */
export function writeMemory(folder: string, next: Memory): void {
  const file = join(folder, "state.json");
  const part = `${file}.part`;
  const handle = openSync(part, "w", 0o600);
  try {
    writeSync(handle, `${JSON.stringify(next, undefined, 2)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(part, file);
}

/** The next thing to do about a head. */
export type Decision = "live" | "bad" | "later" | "try";

/** Decides about a head, by what came of it so far. */
export function decide({ live, tried }: Memory, head: string, now: Date): Decision {
  if (tried === null) return head === live ? "live" : "try";
  // A failed up may have changed something else: the live head is brought up again as well.
  if (tried.head !== head) return "try";
  if (tried.bad) return "bad";
  return now < new Date(tried.next) ? "later" : "try";
}

const longestMs = 3_600_000;

/**
 * The memory of a try that begins: one that is never ended, since the machine ended in the middle of it, counts.
 *
 * @param limits tries of one head, and the wait after its first failure, which each further one doubles
 */
export function begun(
  before: Memory,
  head: string,
  now: Date,
  limits: { readonly tries: number; readonly everyMs: number },
): Memory {
  const tries = before.tried?.head === head ? before.tried.tries + 1 : 1;
  const waitMs = Math.min(limits.everyMs * 2 ** (tries - 1), longestMs);
  const next = new Date(now.getTime() + waitMs).toISOString();
  const bad = tries >= limits.tries;
  return { live: before.live, tried: { head, tries, bad, next, reason: "it was interrupted" } };
}

/** The memory after a try that failed. */
export function failed(before: Memory, reason: string): Memory {
  return {
    live: before.live,
    tried: before.tried === null ? null : { ...before.tried, reason },
  };
}
