// Ends a command of the product as nobody should: with SIGKILL, with all that it started.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { root, until } from "./docker.js";
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
export async function kill(stack: Stack, words: readonly string[], at: Point): Promise<string> {
  const [command = "", ...more] = words;
  const child = spawn(process.execPath, stack.words(command, ...more), {
    ...{ cwd: root, env: stack.env, detached: true },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed: string[] = [];
  const end = once(child, "close").then(() => "ended" as const);
  const reached = new Promise<void>((resolve) => {
    let steps = 0;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        printed.push(line);
        if (isStep(line) && ++steps === at.steps) resolve();
      });
    }
  });
  await Promise.race([reached, end]);
  const late = new Promise((resolve) => setTimeout(resolve, at.milliseconds));
  if ((await Promise.race([late, end])) === "ended") {
    const what = `${command} ended before step ${at.steps} and ${at.milliseconds} ms more`;
    throw new Error(`${what}:\n${printed.join("\n")}`);
  }
  const killed = killAll(child.pid ?? 0);
  await end;
  await until("the killed are gone", () => Promise.resolve([...killed].every(hasEnded)));
  return printed.at(-1) ?? "";
}

/** Both engines tell of a step in a line of its own once it is done. */
function isStep(line: string): boolean {
  return (
    /^\s*[+~±-]\s+(create|update|replace|delete)\b.* s$/.test(line) ||
    /^\s*[+~-]+\s+\S+:\S+ .*(created|updated|deleted|replaced)/.test(line)
  );
}

/** Kills a process and all that descends from it, again until nothing new has come up; returns them all. */
function killAll(pid: number): ReadonlySet<number> {
  const known = new Set([pid]);
  for (;;) {
    const found = descendants(known);
    for (const each of [...known, ...found]) {
      try {
        process.kill(each, "SIGKILL");
      } catch (error) {
        // It ended by itself.
        if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
      }
    }
    if (found.every((each) => known.has(each))) return known;
    for (const each of found) known.add(each);
  }
}

function descendants(of: ReadonlySet<number>): number[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(name)]),
  );
  const below = (pid: number): boolean => {
    const parent = parents.get(pid) ?? 0;
    return parent > 1 && (of.has(parent) || below(parent));
  };
  return [...parents.keys()].filter(below);
}

function parentOf(pid: string): number {
  return Number(statOf(Number(pid))[1] ?? 0);
}

/** Gone, or a zombie that only waits for its parent. */
function hasEnded(pid: number): boolean {
  const [state] = statOf(pid);
  return state === undefined || state === "Z" || state === "X";
}

/** State, parent and more of a process; nothing when there is none of this number. */
function statOf(pid: number): string[] {
  try {
    // They come after the name, which may hold anything.
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  } catch {
    // It has ended since the folder was read.
    return [];
  }
}
