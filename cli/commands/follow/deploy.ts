import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { ofPackage } from "#lib/package-root";
import type { Head } from "./source.js";

/** The surroundings of an `up`. */
export interface UpPlace {
  /** Folder of the project. */
  readonly project: string;
  /** Arguments after `up`. */
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Folder of the logs, one a head. */
  readonly logs: string;
  /** The follower's lock, which it holds as well. */
  readonly lock: number;
}

/** The result of an `up`. */
export type UpResult =
  | { readonly ok: true; readonly log: string }
  | { readonly ok: false; readonly log: string; readonly reason: string };

/**
 * Runs the gated `up` of a project in a process of its own, to its end: it writes into a file and is in another process
 * group, so neither the follower's end nor Ctrl-C reaches it.
 */
export async function runUp(place: UpPlace, head: Head): Promise<UpResult> {
  mkdirSync(place.logs, { recursive: true, mode: 0o700 });
  removeOldLogs(place.logs);
  const log = join(place.logs, `${head.id.replace(/^sha256:/, "").slice(0, 12)}.log`);
  const output = openSync(log, "a", 0o600);
  const began = statSync(log).size;
  try {
    const child = spawn(process.execPath, [commandOf(place.project), "up", ...place.args], {
      cwd: place.project,
      env: place.environment,
      detached: true,
      stdio: ["ignore", output, output, place.lock],
    });
    const [code] = (await once(child, "close")) as [number | null];
    if (code === 0) return { ok: true, log };
    return { ok: false, log, reason: reasonIn(readFileSync(log).subarray(began).toString(), code) };
  } finally {
    closeSync(output);
  }
}

/** The `keelson` of a project: its own checkout's, its package's, or the one that runs. */
function commandOf(project: string): string {
  const own = join(project, "bin", "keelson.mjs");
  if (nameOf(project) === "keelson" && existsSync(own)) return own;
  const installed = join(project, "node_modules", "keelson", "bin", "keelson.mjs");
  return existsSync(installed) ? installed : ofPackage("bin", "keelson.mjs");
}

function nameOf(project: string): unknown {
  const file = join(project, "package.json");
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, "utf8")) as { name?: unknown }).name;
}

/** The last line that says something. */
function reasonIn(text: string, code: number | null): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.at(-1)?.trim() ?? `up ended with ${code === null ? "a signal" : String(code)}`;
}

const mostLogs = 20;

function removeOldLogs(folder: string): void {
  const logs = readdirSync(folder)
    .map((name) => join(folder, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const file of logs.slice(mostLogs - 1)) rmSync(file);
}
