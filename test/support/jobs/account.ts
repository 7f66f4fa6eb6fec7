// Jobs of a test stack, and an account of their runs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ListedJob } from "#cli/commands/jobs/list";
import { docker, root } from "../docker.js";
import type { Stack } from "../stack.js";

/** The command of a job that is at work for so long. */
export function work(milliseconds: number): string[] {
  const text = readFileSync(join(root, "test", "support", "jobs", "work.mjs"), "utf8");
  return ["node", "--input-type=module", "--eval", text, String(milliseconds)];
}

interface Line {
  readonly what: "begin" | "end";
  readonly job: string;
  readonly run: string;
  readonly scheduled?: string;
}

/** What has become of a job's times, from the first to the last that was run. */
export interface Account {
  readonly runs: number;
  readonly doubled: readonly string[];
  readonly skipped: readonly string[];
  /** Runs that began and did not end. */
  readonly unended: readonly string[];
}

/** The account of a job that runs each so many seconds; those in hand are not ended. */
export async function account(stack: Stack, job: string, seconds: number): Promise<Account> {
  const all = (await lines(stack)).filter((each) => each.job === job);
  const begun = all.filter(({ what }) => what === "begin");
  const times = begun.flatMap(({ scheduled }) => (scheduled === undefined ? [] : [scheduled]));
  const known = new Set(times);
  const instants = times.map((each) => Date.parse(each));
  const skipped: string[] = [];
  for (let at = Math.min(...instants); at <= Math.max(...instants); at += seconds * 1000) {
    const text = new Date(at).toISOString().replace(".000Z", "Z");
    if (!known.has(text)) skipped.push(text);
  }
  const ended = new Set(all.filter(({ what }) => what === "end").map(({ run }) => run));
  return {
    runs: begun.length,
    doubled: times.filter((each, index) => times.indexOf(each) !== index),
    skipped,
    unended: begun.map(({ run }) => run).filter((run) => !ended.has(run)),
  };
}

async function lines(stack: Stack): Promise<Line[]> {
  const text = await docker(["exec", await appOf(stack), "cat", "/work/runs"]);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

async function appOf(stack: Stack): Promise<string> {
  const app = ["--filter", "label=dev.keelson.workload=app", ...stack.filter];
  const [found = ""] = (await docker(["ps", "--quiet", ...app])).split("\n");
  return found;
}

/** Containers of jobs of a stack by their state, a line `<name> <state>` each. */
export async function jobsContainers(stack: Stack): Promise<string[]> {
  const jobs = ["--filter", "label=dev.keelson.workload=jobs", ...stack.filter];
  const text = await docker(["ps", "--all", "--format", "{{.Names}} {{.State}}", ...jobs]);
  return text.split("\n").filter((line) => line !== "");
}

/** The jobs as `keelson jobs list --json` has them, by their names. */
export async function listed(stack: Stack): Promise<Record<string, ListedJob>> {
  const all = JSON.parse(await stack.must("jobs list", "--json")) as ListedJob[];
  return Object.fromEntries(all.map((each) => [each.name, each]));
}
