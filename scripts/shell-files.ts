import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** A file of shell, and the shell that runs it. */
export interface ShellFile {
  /** From the folder that was looked through. */
  readonly path: string;
  readonly text: string;
  readonly dialect: "bash" | "sh";
}

// What others wrote, what is made, and what a checkout keeps of itself.
const notOurs = new Set(["node_modules", ".git", ".keelson"]);

/** Every file below a folder that names a shell in its first line, and every `.bash`, which is sourced; sorted by path. */
export function shellFiles(folder: string): ShellFile[] {
  return pathsIn(folder)
    .map((file) => shellFile(folder, file))
    .filter((file) => file !== undefined)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function pathsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pathsIn(path);
    // A symbolic link is to a file that is found by itself.
    return entry.isFile() ? [path] : [];
  });
}

function shellFile(folder: string, file: string): ShellFile | undefined {
  const path = relative(folder, file);
  const text = readFileSync(file, "utf8");
  const named = /^#!.*\b(bash|sh)\s*$/m.exec(text.slice(0, text.indexOf("\n") + 1))?.[1];
  if (named === undefined && !path.endsWith(".bash")) return undefined;
  return { path, text, dialect: named === "sh" ? "sh" : "bash" };
}
