import { tail, type CommandResult } from "#lib/run-process";
import { StepFailure } from "../step-failure.js";

/**
 * The reason why a migration has not passed: it waited for a lock, took too long, could not begin, was interrupted, left something
 * that is not valid, or failed.
 */
export interface Failed {
  readonly kind: "lock" | "time" | "start" | "cut" | "left" | "own";
  /** For a sentence. */
  readonly reason: string;
}

/** One attempt's end. */
export interface Run extends CommandResult {
  readonly seconds: number;
  /** `docker run` was ended by its time limit. */
  readonly late: boolean;
}

/** Docker has not made, or not started, its container. */
export function notRun(result: CommandResult): StepFailure {
  return new StepFailure(`its container could not be run: ${tail(result)}`);
}

/** Returns the reason why a container that has run to its end did not pass. */
export function failedBy(
  { code, seconds, late }: Run,
  limits: { timeoutSeconds: number; memory: string; isOutOfMemory: boolean },
): Failed {
  const { timeoutSeconds, memory, isOutOfMemory } = limits;
  if (late) {
    const reason = `it did not end within ${String(timeoutSeconds)} s (app.migrate.timeout)`;
    return { kind: "time", reason };
  }
  if (code >= 125 && code <= 127) {
    return { kind: "start", reason: `its command can't be run: it ended with ${String(code)}` };
  }
  // Docker does not always see that it was the kernel.
  const killed = isOutOfMemory ? "killed for memory" : "killed, which is most often for memory";
  const advice = `${killed}: raise app.migrate.memory (${memory})`;
  const why = isOutOfMemory || code === 137 ? `, ${advice}` : "";
  const reason = `it ended with ${String(code)} after ${String(seconds)} s${why}`;
  return { kind: "own", reason };
}

/** For a sentence: the lock that it waited for was not to be had. */
export function givenUp(waited: string, attempts: number): string {
  const advice = "End what holds it, or raise app.migrate.lockTimeout or lockRetries";
  return `${waited}; tried ${String(attempts)} times. ${advice}`;
}
