import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDocker } from "../cli/docker-engine.js";
import { messageOf } from "../cli/failure.js";
import { failuresIn } from "./test-failures.js";
import { add, countsOf, summary, type Counts } from "./test-summary.js";

// `npm test`: format, lint and types stop the run; unit and end-to-end tests are both always run.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reports = mkdtempSync(join(tmpdir(), "keelson-test-"));
const failedStep: Counts = { passed: 0, failed: 1, skipped: 0 };
const failures: string[] = [];

const checks: readonly (readonly [string, readonly string[]])[] = [
  ["format", ["prettier", "--check", "--log-level", "warn", "."]],
  ["lint", ["eslint", "."]],
  ["types", ["tsc", "--noEmit"]],
];

function timed<T>(name: string, act: () => T): T {
  console.log(`\n== ${name}`);
  const began = performance.now();
  const result = act();
  console.log(`== ${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return result;
}

function command(args: readonly string[]): number {
  const [name = "", ...rest] = args;
  const bin = join(root, "node_modules", ".bin", name);
  return spawnSync(bin, rest, { cwd: root, stdio: "inherit" }).status ?? 1;
}

function vitest(project: string): Counts {
  const file = join(reports, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const code = command(["vitest", "run", "--project", project, ...reporters]);
  const report = read(file);
  if (report !== undefined) failures.push(...failuresIn(report, root));
  return countsOf(code, report);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // vitest ended before it could report; countsOf makes a failure of that.
    return undefined;
  }
}

async function endToEnd(): Promise<Counts> {
  try {
    await ensureDocker({ projectDirectory: root, say: console.log });
  } catch (error) {
    console.log(`\n== e2e\n${messageOf(error)}`);
    return failedStep;
  }
  return timed("e2e", () => vitest("e2e"));
}

async function all(): Promise<Counts> {
  for (const [name, args] of checks) {
    if (timed(name, () => command(args)) !== 0) return failedStep;
  }
  const unit = timed("unit", () => vitest("unit"));
  return add(unit, await endToEnd());
}

const total = await all();
rmSync(reports, { recursive: true, force: true });
if (failures.length > 0) console.log(`\n== failed, in this order\n${failures.join("\n")}`);
console.log(`\n${summary(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
