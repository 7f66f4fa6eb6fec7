import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "#test/support/docker";
import { command, type Bench } from "../bounded.js";
import type { MeasuredCommand } from "./plan.js";

/** One run of a command. */
export interface Start {
  readonly code: number;
  /** Processor time of the command and all that it ran, user and system. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Of the Node process that had the most. */
  readonly memoryMiB: number;
}

/** A command and its runs. */
export interface Starts extends MeasuredCommand {
  readonly starts: readonly Start[];
}

/** Runs every command in turn, so that what else the machine does meets them alike. The first round fills caches. */
export async function measured(
  bench: Bench,
  commands: readonly MeasuredCommand[],
  rounds: number,
): Promise<Starts[]> {
  const starts = commands.map((): Start[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { args }] of commands.entries()) {
      const start = await startOnce(bench, args);
      if (round > 0) starts[index]?.push(start);
    }
  }
  return commands.map((each, index) => ({ ...each, starts: starts[index] ?? [] }));
}

async function startOnce(bench: Bench, args: readonly string[]): Promise<Start> {
  const folder = mkdtempSync(join(tmpdir(), "keelson-start-"));
  try {
    const notes = join(folder, "memory");
    const hook = pathToFileURL(join(import.meta.dirname, "note-memory.mjs")).href;
    const env = { ...process.env, NODE_OPTIONS: `--import ${hook}`, MEMORY_NOTES: notes };
    const before = childrenSeconds();
    const keelson = join(root, "bin", "keelson.mjs");
    const ran = await command(bench, [process.execPath, keelson, ...args], { env });
    return {
      code: ran.code,
      cpuSeconds: childrenSeconds() - before,
      wallSeconds: (ran.ended - ran.began) / 1000,
      memoryMiB: Math.max(...readFileSync(notes, "utf8").trim().split("\n").map(Number)) / 1024,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function childrenSeconds(): number {
  return childrenSecondsIn(readFileSync("/proc/self/stat", "utf8"));
}

/** Processor time, in seconds, of all ended children of a process, from its `/proc/<pid>/stat`. */
export function childrenSecondsIn(stat: string): number {
  // The command's name, in brackets, may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [fields[13], fields[14]];
  return (Number(user) + Number(system)) / ticksPerSecond;
}

/** Linux tells of processor time in these, on every architecture that Node runs on. */
const ticksPerSecond = 100;
