import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LangVariant, print } from "sh-syntax";
import { aptInstall, onPath } from "#cli/host/docker-engine";
import { messageOf } from "#cli/io/failure";
import type { Say } from "#cli/io/progress";
import { run, type Run } from "#lib/run-process";
import { shellFiles, type ShellFile } from "./shell-files.js";
import { add, none, type Counts } from "./test-summary.js";

/** The result of the step, a file and tool each counted once, and the reasons for what was skipped. */
export interface ShellChecked extends Counts {
  readonly reasons: readonly string[];
}

/** Facts about the machine that the step needs, and its acts. */
export interface ShellTools {
  /** `shellcheck` is on the PATH. */
  readonly there: () => boolean;
  readonly root: boolean;
  readonly apt: boolean;
  /** Installs Debian's package of it. @throws Failure */
  readonly install: (say: Say) => Promise<void>;
  readonly run: Run;
}

/** The plan for shellcheck. */
export type ShellcheckPlan = "check" | "install" | { readonly skip: string };

const missing = "shellcheck is not installed";

/** Decides, without doing anything. */
export function shellcheckPlan({ there, root, apt }: Omit<ShellTools, "run">): ShellcheckPlan {
  if (there()) return "check";
  if (!apt) return { skip: `${missing}; install it (https://www.shellcheck.net)` };
  if (!root) return { skip: `${missing}; run \`sudo apt-get install -y shellcheck\`` };
  return "install";
}

/** A shell file as `shfmt -i 2 -ci` writes it. @throws Error where it is no shell */
export function formatted({ path, text, dialect }: ShellFile): Promise<string> {
  const variant = dialect === "sh" ? LangVariant.LangPOSIX : LangVariant.LangBash;
  const style = { indent: 2, switchCaseIndent: true, binaryNextLine: false, spaceRedirects: false };
  return print(text, { filepath: path, variant, ...style });
}

/**
 * Step "shell" of `npm test`: each shell file of a folder is formatted, and shellcheck has nothing to warn of.
 * @param write formats the files instead of finding fault with them
 */
export async function checkShell(
  o: { readonly root: string; readonly say: Say; readonly write?: boolean },
  tools: ShellTools = ofThisMachine,
): Promise<ShellChecked> {
  const files = shellFiles(o.root);
  const unformatted = await formatAll(files, o);
  const checked = await shellcheck(files, o, tools);
  return {
    ...add({ ...none, passed: files.length - unformatted, failed: unformatted }, checked),
    reasons: checked.reasons,
  };
}

/** Returns the number of files that are not formatted. */
async function formatAll(
  files: readonly ShellFile[],
  { root, say, write = false }: { root: string; say: Say; write?: boolean },
): Promise<number> {
  let wrong = 0;
  for (const file of files) {
    const problem = await problemOf(file, (text) => {
      if (write) writeFileSync(join(root, file.path), text);
      return write;
    });
    if (problem === undefined) continue;
    wrong += 1;
    say(`${file.path}${problem}`);
  }
  return wrong;
}

async function problemOf(
  file: ShellFile,
  mend: (text: string) => boolean,
): Promise<string | undefined> {
  try {
    const text = await formatted(file);
    if (text === file.text || mend(text)) return undefined;
    const line = firstDifference(file.text, text);
    return `:${String(line)}: is not formatted; run \`npm run shell -- --write\``;
  } catch (error) {
    return `: ${messageOf(error)}; correct it`;
  }
}

function firstDifference(is: string, shouldBe: string): number {
  const wanted = shouldBe.split("\n");
  return is.split("\n").findIndex((line, at) => line !== wanted[at]) + 1;
}

async function shellcheck(
  files: readonly ShellFile[],
  { root, say }: { root: string; say: Say },
  tools: ShellTools,
): Promise<ShellChecked> {
  const skipped = (reason: string) => {
    say(`shellcheck: skipped: ${reason}`);
    return { ...none, skipped: files.length, reasons: [`shell: ${reason}`] };
  };
  const plan = shellcheckPlan(tools);
  if (typeof plan === "object") return skipped(plan.skip);
  if (plan === "install") {
    say("No shellcheck here: installing Debian's with apt.");
    try {
      await tools.install(say);
    } catch (error) {
      return skipped(`${missing}, and ${messageOf(error)}`);
    }
  }
  const failed = await warned(files, root, say, tools.run);
  return { ...none, passed: files.length - failed, failed, reasons: [] };
}

/** Returns the number of files that shellcheck warns of. @throws Error where it could not check them */
async function warned(
  files: readonly ShellFile[],
  root: string,
  say: Say,
  runs: Run,
): Promise<number> {
  if (files.length === 0) return 0;
  const args = ["--severity=warning", "--format=gcc", ...files.map(({ path }) => path)];
  const { code, stdout, stderr } = await runs("shellcheck", args, { cwd: root });
  // 1: it found something; above that it has not looked at all of them.
  if (code > 1) throw new Error(`shellcheck ended with ${String(code)}: ${stderr.trim()}`);
  const lines = stdout.split("\n").filter((line) => line !== "");
  for (const line of lines) say(line);
  const found = new Set(lines.map((line) => line.split(":")[0]));
  return code === 0 ? 0 : Math.max(found.size, 1);
}

const ofThisMachine: ShellTools = {
  there: () => onPath("shellcheck") !== undefined,
  root: process.getuid?.() === 0,
  apt: onPath("apt-get") !== undefined,
  install: (say) => aptInstall(["shellcheck"], say),
  run,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const write = process.argv.includes("--write");
  const { passed, failed, skipped } = await checkShell({ root, say: console.log, write });
  console.log(`${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}
