// Processes of this machine, as /proc tells of them.
import { readdirSync, readFileSync } from "node:fs";

/**
 * Kills a process and all that descends from it, again until nothing new has come up; returns them all.
 * @param spared by their command lines: processes that are left alive, with what descends from them
 */
export function killAll(
  pid: number,
  spared: (command: string) => boolean = () => false,
): ReadonlySet<number> {
  const known = new Set([pid]);
  for (;;) {
    const found = descendants(known, spared);
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

/** The command lines of all that descends from a process, arguments joined by spaces. */
export function commandsBelow(pid: number): string[] {
  return descendants(new Set([pid])).map(commandOf);
}

/** Gone, or a zombie that only waits for its parent. */
export function hasEnded(pid: number): boolean {
  const [state] = statOf(pid);
  return state === undefined || state === "Z" || state === "X";
}

function descendants(
  of: ReadonlySet<number>,
  spared: (command: string) => boolean = () => false,
): number[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(name)]),
  );
  const below = (pid: number): boolean => {
    const parent = parents.get(pid) ?? 0;
    return parent > 1 && (of.has(parent) || below(parent)) && !spared(commandOf(pid));
  };
  return [...parents.keys()].filter(below);
}

/** Its arguments, joined by spaces. */
function commandOf(pid: number): string {
  return contentOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
}

function parentOf(pid: string): number {
  return Number(statOf(Number(pid))[1] ?? 0);
}

/** State, parent and more of a process; nothing when there is none of this number. */
function statOf(pid: number): string[] {
  const stat = contentOf(`/proc/${pid}/stat`);
  // They come after the name, which may hold anything.
  return stat === "" ? [] : (stat.split(") ").at(-1)?.split(" ") ?? []);
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // It has ended since the folder was read.
    return "";
  }
}
