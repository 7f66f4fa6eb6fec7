import { hostname, userInfo } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Docker } from "#lib/docker";
import { StepFailure } from "./step-failure.js";

/** Dependencies of a release's step. A test gives it stand-ins. */
export interface StepContext {
  readonly docker: Docker;
  /** Its parameters, as the resource's environment gives them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Returns the input that the resource gives it. */
  readonly input: () => Promise<string>;
  /** Tells the person who reads the log. */
  readonly say: (line: string) => void;
  /** Prints for the resource's output, which the state keeps. */
  readonly print: (line: string) => void;
  /** Returns true while the engine that has begun the step is still there. */
  readonly isWanted: () => boolean;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** Dependencies of waiting. */
export type Waiting = Pick<StepContext, "isWanted" | "wait" | "now">;

/** Seconds since an instant of the context's clock, whole. */
export function secondsSince(context: Pick<StepContext, "now">, began: number): number {
  return Math.round((context.now() - began) / 1000);
}

/**
 * Ends a step that its engine, killed, has left behind: by now another run may be at work.
 * @throws StepFailure
 */
export function stillWanted(context: Pick<StepContext, "isWanted">): void {
  if (context.isWanted()) return;
  throw new StepFailure("the engine has ended: this step is left to the next run");
}

/** Calls `look` until it returns something, at most so many seconds, ever more seldom; undefined after that. */
export async function poll<T>(
  context: Waiting,
  timeoutSeconds: number,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const began = context.now();
  for (let pause = 50; ; pause = Math.min(pause * 1.5, 1000)) {
    const looked = context.now();
    const found = await look();
    if (found !== undefined) return found;
    // One look that was slow is followed by another.
    if (looked - began >= timeoutSeconds * 1000) return undefined;
    stillWanted(context);
    await context.wait(pause);
  }
}

/** The context of a process that an engine has started. */
export function processContext(docker: Docker): StepContext {
  const parent = process.ppid;
  // Who reads what is said may be gone, as an engine that was killed: that is no end of what a step has begun.
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners("error").includes(ignore)) stream.on("error", ignore);
  }
  return {
    docker,
    environment: process.env,
    input: () => standardInput(),
    say: (line) => {
      process.stderr.write(`${line}\n`);
    },
    print: (line) => {
      process.stdout.write(`${line}\n`);
    },
    // Who loses its parent gets another one.
    isWanted: () => process.ppid === parent,
    wait: (milliseconds) => delay(milliseconds),
    now: () => performance.now(),
  };
}

/** Returns the releaser, and its process: read when a step runs, for as an input it would make every run a change. */
export function releaser(environment: Readonly<Record<string, string | undefined>>) {
  const host = hostname();
  // An empty variable names nobody.
  const actor = environment["KEELSON_ACTOR"] || environment["GITHUB_ACTOR"] || undefined;
  return {
    who: actor ?? `${userName()}@${host}`,
    by: `${String(process.ppid)}@${host}`,
    backTo: environment["KEELSON_BACK_TO"] || null,
  };
}

const ignore = () => undefined;

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user need not have a name.
    return String(process.getuid?.() ?? "unknown");
  }
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
