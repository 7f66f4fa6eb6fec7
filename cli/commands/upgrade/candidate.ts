import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { tail, type Run } from "#lib/run-process";
import { Failure } from "../../io/failure.js";

/** A version of Keelson that a project may be moved to. */
export interface Candidate {
  readonly version: string;
  readonly changelog: string;
}

const manifest = z.object({ name: z.string(), version: z.string() });
const patienceMs = 120_000;

/**
 * Gets a version of the package from the registry that npm has, or from a file, and reads it; installs nothing.
 *
 * @param spec version, npm tag or package file
 * @throws Failure where it can't be had
 */
export async function candidate(spec: string, project: string, run: Run): Promise<Candidate> {
  const folder = mkdtempSync(join(tmpdir(), "keelson-upgrade-"));
  try {
    const pack = ["pack", packageOf(spec), "--ignore-scripts", "--pack-destination", folder];
    const result = await run("npm", pack, { cwd: project, timeoutMs: patienceMs });
    const [file] = readdirSync(folder);
    if (result.code !== 0 || file === undefined) {
      throw new Failure(
        `--to: ${spec} can't be had from npm's registry (${whyNot(result.stderr)}).`,
      );
    }
    const read = async (path: string) => {
      const text = await run("tar", ["-xzOf", join(folder, file), `package/${path}`]);
      if (text.code !== 0) throw new Failure(`--to: ${spec} has no ${path}: ${tail(text)}`);
      return text.stdout;
    };
    const { name, version } = manifest.parse(JSON.parse(await read("package.json")));
    if (name !== "keelson") throw new Failure(`--to: ${spec} is the package ${name}, not keelson.`);
    return { version, changelog: await read("CHANGELOG.md") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The package as npm names it: a file by its path, all else by its version or tag. */
export function packageOf(spec: string): string {
  return /\.(?:tgz|tar\.gz)$/.test(spec) ? spec : `keelson@${spec}`;
}

/** npm's own reason in a line: its code, and what it says about it. */
function whyNot(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.replace(/^npm (?:error|ERR!)\s*/, "").trim())
    .filter((line) => line !== "" && !/^(?:A complete log|code |errno |syscall )/.test(line));
  return lines[0] ?? "npm did not answer in time";
}
