// Where the time of end-to-end tests goes: what they wait for, and the commands that they run.
import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import { expect } from "vitest";
import { root } from "./root.js";

/** The variable that names the file to which waits are written, one JSON object a line. */
export const waitsVariable = "KEELSON_TEST_WAITS";

/** Something that a test waited for. */
export interface Wait {
  /** The test file, from the checkout's folder. */
  readonly file: string;
  /** `until` for a condition, `command` for a command of the product or of Docker. */
  readonly kind: "until" | "command";
  readonly what: string;
  readonly seconds: number;
}

/** Does something and notes how long it took, where the run keeps account of that. */
export async function noted<T>(
  kind: Wait["kind"],
  what: string,
  act: () => Promise<T>,
): Promise<T> {
  const log = process.env[waitsVariable];
  if (log === undefined) return act();
  const began = performance.now();
  try {
    return await act();
  } finally {
    const seconds = (performance.now() - began) / 1000;
    const file = relative(root, expect.getState().testPath ?? "");
    appendFileSync(log, `${JSON.stringify({ file, kind, what, seconds } satisfies Wait)}\n`);
  }
}
