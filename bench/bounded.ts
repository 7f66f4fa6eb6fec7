import { constants } from "node:os";
import { spawn } from "node:child_process";
import { messageOf } from "#cli/io/failure";

/** A benchmark while it runs. */
export interface Bench {
  /** Aborted by Ctrl-C; every wait of a benchmark heeds it. */
  readonly signal: AbortSignal;
  /** Has something taken away when the benchmark ends, however it does; the last thing first. */
  readonly atEnd: (what: string, act: () => unknown) => void;
}

/** Runs a benchmark, then takes away all that it made, also after a failure or Ctrl-C. Sets the exit code. */
export async function bounded(act: (bench: Bench) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const ends: { readonly what: string; readonly act: () => unknown }[] = [];
  const stop = (signal: NodeJS.Signals) => {
    if (!controller.signal.aborted) console.error(`\n${signal}: cleaning up …`);
    process.exitCode = 128 + constants.signals[signal];
    controller.abort(new Interrupted());
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  try {
    await act({
      signal: controller.signal,
      atEnd: (what, end) => ends.push({ what, act: end }),
    });
  } catch (error) {
    // What breaks off after Ctrl-C breaks off because of it.
    if (!controller.signal.aborted) console.error(messageOf(error));
    process.exitCode ??= 1;
  }
  for (const end of ends.reverse()) {
    try {
      await end.act();
    } catch (error) {
      console.error(`${end.what} is not cleared away: ${messageOf(error)}`);
      process.exitCode ??= 1;
    }
  }
}

class Interrupted extends Error {}

/** The result of a command, with its times. */
export interface Ran {
  readonly code: number;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly ended: number;
}

/** Runs a command, whatever comes of it. On Ctrl-C it is stopped, and waited for: it may be half way. */
export function command(
  { signal }: Bench,
  [file, ...args]: readonly [string, ...string[]],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Ran> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const began = Date.now();
    const stdio = ["ignore", "pipe", "pipe"] as const;
    // A group of its own, so that a wrapper and what it runs hear the signal, once.
    const child = spawn(file, args, { ...options, stdio: [...stdio], detached: true });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => (text += part));
    }
    const stop = () => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
    };
    signal.addEventListener("abort", stop);
    child.on("error", reject);
    child.on("close", (code) => {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) reject(new Interrupted());
      else resolve({ code: code ?? 1, text, began, ended: Date.now() });
    });
  });
}

/** Runs a command. @throws Error with its output when it fails */
export async function mustRun(...[bench, args, options]: Parameters<typeof command>): Promise<Ran> {
  const ran = await command(bench, args, options);
  if (ran.code === 0) return ran;
  throw new Error(`${args.join(" ")} ended with ${ran.code}:\n${ran.text}`);
}
