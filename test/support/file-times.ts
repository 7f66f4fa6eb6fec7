// How long each test file took, from its first hook to its last.
import { readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";
import { root } from "./root.js";

/** Seconds by test file, named from the checkout's folder. */
export type FileTimes = Readonly<Record<string, number>>;

/** The variable that names the file to which a run writes its times. */
export const timesVariable = "KEELSON_TEST_TIMES";

/** Writes the times of a run's files where {@link timesVariable} says, as JSON. */
export default class FileTimesReporter implements Reporter {
  readonly #began = new Map<string, number>();
  readonly #times: Record<string, number> = {};

  onTestModuleStart(module: TestModule): void {
    this.#began.set(module.moduleId, performance.now());
  }

  onTestModuleEnd(module: TestModule): void {
    const began = this.#began.get(module.moduleId) ?? performance.now();
    const seconds = (performance.now() - began) / 1000;
    this.#times[relative(root, module.moduleId)] = Math.round(seconds * 10) / 10;
  }

  onTestRunEnd(): void {
    const file = process.env[timesVariable];
    if (file !== undefined) writeFileSync(file, JSON.stringify(this.#times));
  }
}

/** Times of a run that were written to a file. */
export function readTimes(file: string): FileTimes {
  return JSON.parse(readFileSync(file, "utf8")) as FileTimes;
}
