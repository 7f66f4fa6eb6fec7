import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** Options of a command's run. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Text for its standard input; without it the input is empty. */
  readonly input?: string | Readable;
  /** Gets its standard output, byte for byte, which is then not collected; it is not ended. */
  readonly output?: Writable;
  /** Receives each line of both outputs as it comes, as well as their being collected. */
  readonly line?: (line: string) => void;
  /** Ends the command after so many milliseconds; its code is then 124. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The result of a command: its exit code is 127 when it could not be started, 128 or more when a signal ended it. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without a shell. */
export type Run = (
  command: string,
  args: readonly string[],
  options?: RunOptions,
) => Promise<CommandResult>;

/** Runs a command to its end; a failing one is an answer, not an exception. */
export const run: Run = (command, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const stdout =
      options.output === undefined
        ? collect(child.stdout, options.line)
        : passOn(child.stdout, options.output);
    const stderr = collect(child.stderr, options.line);
    let late = false;
    const timer = setTimer(options.timeoutMs, () => {
      late = true;
      child.kill("SIGKILL");
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout: stdout(), stderr: error.message });
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const exit = late ? 124 : (code ?? (signal === null ? 1 : 128));
      resolve({ code: exit, stdout: stdout(), stderr: stderr() });
    });
    feed(child, options.input);
  });

/** The last lines of a failed command, on one line, for a message. */
export function tail(result: CommandResult, lines = 3): string {
  const text = result.stderr.trim() === "" ? result.stdout : result.stderr;
  return text.trim().split("\n").slice(-lines).join(" ");
}

function collect(stream: Readable | null, line?: (line: string) => void): () => string {
  if (stream === null) return () => "";
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (line !== undefined) createInterface({ input: stream }).on("line", line);
  return () => Buffer.concat(chunks).toString("utf8");
}

function passOn(stream: Readable | null, output: Writable): () => string {
  stream?.pipe(output, { end: false });
  // A command whose output nobody takes ends, instead of waiting for ever.
  output.once("error", () => stream?.destroy());
  return () => "";
}

function feed(child: ChildProcess, input: string | Readable | undefined): void {
  if (input === undefined || child.stdin === null) return;
  // A command that ends before it has read everything says so by its exit code.
  child.stdin.on("error", () => undefined);
  if (typeof input === "string") child.stdin.end(input);
  else input.pipe(child.stdin);
}

function setTimer(ms: number | undefined, act: () => void): NodeJS.Timeout | undefined {
  return ms === undefined ? undefined : setTimeout(act, ms);
}
