import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import type { Counts } from "./test-summary.js";

/** A run of the long suite, or of a shard of it. */
export interface Result extends Counts {
  /** Commit that was tested; with a plus sign where something was not committed. */
  readonly commit: string;
  readonly engine: string;
  /** `1/4`, or `1/1` where all was run at once. */
  readonly shard: string;
  readonly seconds: number;
}

const columns = ["date", "commit", "engine", "shard", "passed", "failed", "skipped", "seconds"];

/** Adds a line to the file of results, which it begins where there is none. Fields are parted by tabs. */
export function addResult(file: string, result: Result, now = new Date()): void {
  if (!existsSync(file)) appendFileSync(file, `${columns.join("\t")}\n`);
  const { commit, engine, shard, passed, failed, skipped, seconds } = result;
  const date = now.toISOString().slice(0, 10);
  const fields = [date, commit, engine, shard, passed, failed, skipped, Math.round(seconds)];
  appendFileSync(file, `${fields.join("\t")}\n`);
}

/** Files that a run with `--write` changes itself: the shards after it run on the same commit. */
const written = ["test/results.tsv", "test/times.json"];

/** The commit that is checked out in a folder. @throws Error where it is none of Git's */
export function commitOf(folder: string): string {
  const git = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync("git", args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${args.join(" ")} failed: ${stderr.trim()}`);
    return stdout.trim();
  };
  const others = written.map((file) => `:!${file}`);
  const changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ...others) !== "";
  return `${git("rev-parse", "--short=12", "HEAD")}${changed ? "+" : ""}`;
}
