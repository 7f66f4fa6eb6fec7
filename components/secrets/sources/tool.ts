import { spawn } from "node:child_process";
import { once } from "node:events";
import { SourceFailure, type SourceContext } from "./source.js";
import { pauseBefore } from "./wait.js";

/** A tool that reads a source. */
export interface Tool {
  readonly command: string;
  /** Never a value: everybody on the machine can read the arguments of a process. */
  readonly args: readonly string[];
  /** Further variables of its environment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Its messages may be repeated: false where they may hold values. Default true. */
  readonly repeatable?: boolean;
}

/**
 * The standard output of a tool. A rate limit that it reports is waited for.
 *
 * @param isAbsent true for a message that says that there is no such secret, which is then undefined
 * @throws SourceFailure
 */
export async function askTool(
  tool: Tool,
  context: SourceContext,
  isAbsent: (message: string) => boolean = () => false,
): Promise<string | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    const { code, stdout, stderr } = await runTool(tool, context);
    if (code === 0) return stdout;
    if (isAbsent(stderr)) return undefined;
    const said = tool.repeatable === false ? undefined : firstLine(stderr, context);
    const result = `\`${tool.command}\` fails with ${String(code)}${said === undefined ? "" : `: ${said}`}`;
    if (!/\b429\b|too many requests|rate.?limit|throttl/i.test(stderr)) {
      throw new SourceFailure(result, "run it by hand to see why");
    }
    await pauseBefore(attempt, context, result);
  }
}

/** Groups of processes that run; none outlives this one. */
const running = new Set<number>();
process.on("exit", () => {
  for (const group of running) endGroup(group);
});

async function runTool({ command, args, variables }: Tool, context: SourceContext) {
  const { environment, directory, deadline } = context;
  const left = deadline - Date.now();
  // A group of its own: whatever it starts ends with it.
  const child = spawn(command, args, {
    cwd: directory,
    env: { ...environment, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  const state = { isLate: false };
  const timer = setTimeout(
    () => {
      state.isLate = true;
      if (pid !== undefined) endGroup(pid);
    },
    Math.max(left, 0),
  );
  try {
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    const [code] = (await once(child, "close")) as [number | null];
    if (state.isLate) {
      throw new SourceFailure(`\`${command}\` has not answered in time`, "see what it waits for");
    }
    return { code: code ?? 128, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new SourceFailure(`\`${command}\` is not installed`, "install it, or correct the PATH");
  } finally {
    clearTimeout(timer);
    if (pid !== undefined) running.delete(pid);
  }
}

function endGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}

/** The first line of a message, without the credentials that the tool has from its environment. */
function firstLine(message: string, { environment }: SourceContext): string | undefined {
  const line = message.split("\n").find((each) => each.trim() !== "");
  if (line === undefined) return undefined;
  const credentials = Object.entries(environment).flatMap(([name, value]) =>
    /TOKEN|KEY|SECRET|PASS/i.test(name) && value !== undefined && value.length >= 6 ? [value] : [],
  );
  return credentials
    .reduce((text, value) => text.replaceAll(value, "…"), line.trim())
    .slice(0, 300);
}
