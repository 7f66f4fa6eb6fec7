import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDocker } from "#cli/host/docker-engine";
import { messageOf } from "#cli/io/failure";
import { readTimes, timesVariable } from "#test/support/file-times";
import { waitsVariable, type Wait } from "#test/support/waits";
import { checkShell } from "./shell.js";
import { read, Reports, type Running } from "./test-command.js";
import { failuresIn } from "./test-failures.js";
import { testPlan, type TestPlan } from "./test-plan.js";
import { addResult, commitOf } from "./test-results.js";
import { add, countsOf, longTag, none, skippedIn, summary, type Counts } from "./test-summary.js";
import { timeTables } from "./test-times.js";

// `npm test` and `npm run test:all`: format, types and shell stop the run, and lint, which runs alongside them and the
// unit tests, stops it before the end-to-end tests; a unit test that fails does not.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const failedStep: Counts = { ...none, failed: 1 };
const reports = new Reports(root);
const [failures, skipped]: [string[], string[]] = [[], []];
const times = reports.file("times.json");
const waits = reports.file("waits");

const checks: readonly (readonly [string, readonly string[]])[] = [
  ["format", ["prettier", "--check", "--log-level", "warn", "."]],
  ["types", ["tsc", "--noEmit"]],
];

async function timed<T>(name: string, act: () => T | Promise<T>): Promise<T> {
  console.log(`\n== ${name}`);
  const began = performance.now();
  const result = await act();
  console.log(`== ${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return result;
}

/** Begins the longest of the checks, which has one processor busy, alongside others. Ends with what it came to. */
function beginLint(): () => Promise<boolean> {
  const output = reports.file("lint.txt");
  const began = performance.now();
  const ended = reports.command(["eslint", "."], { output }).then((code) => ({
    code,
    seconds: (performance.now() - began) / 1000,
  }));
  return async () => {
    const { code, seconds } = await ended;
    console.log(
      `\n== lint\n${read(output) ?? ""}== lint: ${seconds.toFixed(1)} s, alongside others`,
    );
    return code === 0;
  };
}

async function vitest(
  project: string,
  args: readonly string[],
  running: Running = {},
): Promise<Counts> {
  const file = reports.file(`${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const run = ["vitest", "run", "--project", project, ...reporters, ...args];
  const code = await reports.command(run, running);
  const report = read(file);
  if (report !== undefined) {
    failures.push(...failuresIn(report, root));
    skipped.push(...skippedIn(report));
  }
  return countsOf(code, report);
}

async function endToEnd(plan: TestPlan): Promise<Counts> {
  try {
    await ensureDocker({ projectDirectory: root, say: console.log });
  } catch (error) {
    console.log(`\n== e2e\n${messageOf(error)}`);
    return failedStep;
  }
  const args = ["--reporter=./test/support/file-times.ts", ...filter(plan)];
  if (plan.shard !== undefined) args.push(`--shard=${plan.shard}`);
  const env = {
    [timesVariable]: times,
    [waitsVariable]: waits,
    KEELSON_TEST_ALL: plan.all ? "1" : "0",
  };
  return timed("e2e", () => vitest("e2e", args, { env }));
}

const filter = ({ all }: TestPlan) => (all ? [] : [`--tags-filter=!${longTag}`]);

/** The quick checks; the first that fails is the last. */
async function check(): Promise<Counts> {
  for (const [name, args] of checks) {
    if ((await timed(name, () => reports.command(args))) !== 0) return failedStep;
  }
  const shell = await timed("shell", () => checkShell({ root, say: console.log }));
  skipped.push(...shell.reasons);
  return shell;
}

async function run(plan: TestPlan): Promise<Counts> {
  // What needs no Docker is in the first shard.
  if (plan.shard !== undefined && !plan.shard.startsWith("1/")) return endToEnd(plan);
  const lint = beginLint();
  const checked = await check();
  const unit = checked.failed > 0 ? none : await timed("unit", () => vitest("unit", filter(plan)));
  if (!(await lint())) return [checked, unit, failedStep].reduce(add);
  return checked.failed > 0 ? checked : [checked, unit, await endToEnd(plan)].reduce(add);
}

function showTimes(): void {
  if (!existsSync(times)) return;
  const noted = (read(waits) ?? "").split("\n").filter((line) => line !== "");
  const tables = timeTables(
    readTimes(times),
    noted.map((line) => JSON.parse(line) as Wait),
  );
  console.log(`\n== where the time went\n${tables.join("\n")}`);
}

/** Keeps what the next run's order, and a reader of the results, go by. */
function write(plan: TestPlan, counts: Counts, seconds: number): void {
  const file = join(root, "test", "times.json");
  const kept = JSON.parse(read(file) ?? "{}") as Record<string, object>;
  const key = plan.all ? "all" : "test";
  kept[key] = { ...kept[key], ...readTimes(times) };
  if (plan.all) {
    const engine = process.env["KEELSON_ENGINE"] ?? "embedded";
    const shard = plan.shard ?? "1/1";
    const result = { ...counts, commit: commitOf(root), engine, shard, seconds };
    addResult(join(root, "test", "results.tsv"), result);
  }
  // In the order of their names, so that a new run changes the lines of its own files alone.
  const keys = [...Object.keys(kept), ...Object.values(kept).flatMap((each) => Object.keys(each))];
  writeFileSync(file, `${JSON.stringify(kept, keys.sort(), 2)}\n`);
}

async function main(): Promise<Counts> {
  const plan = testPlan(process.argv.slice(2));
  const began = performance.now();
  const total = await run(plan);
  const seconds = (performance.now() - began) / 1000;
  showTimes();
  if (plan.write && existsSync(times)) write(plan, total, seconds);
  if (skipped.length > 0) console.log(`\n== skipped\n${skipped.join("\n")}`);
  if (failures.length > 0) console.log(`\n== failed, in this order\n${failures.join("\n")}`);
  const left = total.left === 0 ? "" : `, ${total.left} tests are left to npm run test:all`;
  console.log(`\nafter ${(seconds / 60).toFixed(1)} minutes${left}\n${summary(total)}`);
  return total;
}

try {
  process.exitCode = (await main()).failed === 0 ? 0 : 1;
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
} finally {
  reports.remove();
}
