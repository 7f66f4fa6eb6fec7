// Ends a command of the product as nobody should: with SIGKILL, with all that it started.
import { Command } from "./command.js";
import type { Stack } from "./stack.js";

/** When to kill: so many steps have been told of, and so many milliseconds more have passed. */
export interface Point {
  readonly steps: number;
  readonly milliseconds: number;
}

/**
 * Runs a command of a stack and kills it. Returns the last line that it printed.
 * @throws Error when it ends before the point is reached
 */
export async function kill(stack: Stack, args: readonly string[], at: Point): Promise<string> {
  let steps = 0;
  let reached: () => void;
  const point = new Promise<"reached">((resolve) => {
    reached = () => {
      resolve("reached");
    };
  });
  const command = new Command(stack, args, (line) => {
    if (isStep(line) && ++steps === at.steps) reached();
  });
  const late = point.then(() => new Promise((resolve) => setTimeout(resolve, at.milliseconds)));
  const ended = command.ended.then(() => "ended" as const);
  if ((await Promise.race([late, ended])) === "ended") {
    const what = `${args.join(" ")} ended before step ${at.steps} and ${at.milliseconds} ms more`;
    throw new Error(`${what}:\n${command.text}`);
  }
  await command.kill();
  return command.printed.at(-1) ?? "";
}

/** Both engines tell of a step in a line of its own once it is done. */
function isStep(line: string): boolean {
  return (
    /^\s*[+~±-]\s+(create|update|replace|delete)\b.* s \(begun at [\d.]+ s\)$/.test(line) ||
    /^\s*[+~-]+\s+\S+:\S+ .*(created|updated|deleted|replaced)/.test(line)
  );
}
