// The order of end-to-end files, and what a shard has of them, by the times that they took before.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { balanced } from "./balance.js";
import { root } from "./root.js";

/** Whether everything runs, and not only what shows each promise once. */
export const everything = process.env["KEELSON_TEST_ALL"] === "1";

/** Seconds that a file is taken to need that has never run. */
const unknownSeconds = 60;

/** What the first shard has besides: format, lint, types, shell and the unit tests, in seconds of two lanes. */
const checksSeconds = 2 * 250;

/** Longest files first, so that no lane is left with one at the end; shards of about the same length. */
export default class LongestFirst extends BaseSequencer {
  override shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index, count } = this.ctx.config.shard ?? { index: 1, count: 1 };
    return Promise.resolve(balanced(files, count, seconds, checksSeconds)[index - 1] ?? []);
  }

  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve([...files].sort((a, b) => seconds(b) - seconds(a)));
  }
}

const recorded = committed(root) as Record<string, Record<string, number>>;

function seconds({ moduleId }: TestSpecification): number {
  const times = recorded[everything ? "all" : "test"] ?? {};
  return times[relative(root, moduleId)] ?? unknownSeconds;
}

/**
 * The times as the commit has them, where there is one: a shard that has run with `--write` changes the file, and must
 * not change what the shards after it have.
 */
export function committed(directory: string): object {
  const shown = spawnSync("git", ["show", "HEAD:test/times.json"], {
    cwd: directory,
    encoding: "utf8",
  });
  if (shown.status === 0) return JSON.parse(shown.stdout) as object;
  const file = join(directory, "test", "times.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as object) : {};
}
