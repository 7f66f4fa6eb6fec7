// The package as npm makes and installs it, in a project outside of the checkout.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./root.js";

const runs = promisify(execFile);

/** A project with the package installed in it. */
export interface Installed {
  readonly directory: string;
  /** Runs a command in the project, with its packages' commands on the PATH; what it prints. */
  readonly run: (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<string>;
}

/**
 * Packs this checkout, or a package in a folder of it: the package's file.
 *
 * @throws Error with the build's output
 */
export async function packed(of = "."): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "keelson-pack-"));
  await runs("npm", ["pack", "--pack-destination", folder], { cwd: join(root, of), maxBuffer });
  const [file = ""] = readdirSync(folder);
  return join(folder, file);
}

/** A copy of an example, in an empty folder next to its app, with the package installed. */
export async function installedExample(name: string, tarball: string): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), "keelson-project-"));
  const directory = join(folder, "deploy");
  cpSync(join(root, "examples", name), directory, { recursive: true });
  cpSync(join(root, "images/sample-app"), join(folder, "app"), { recursive: true });
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  await runs("npm", ["install", ...quiet, tarball], { cwd: directory, maxBuffer });
  const binaries = join(directory, "node_modules", ".bin");
  if (!existsSync(join(binaries, "keelson"))) throw new Error("the package has no command");
  const run = async (argv: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const [command = "", ...args] = argv;
    const PATH = `${binaries}:${process.env["PATH"] ?? ""}`;
    const options = { cwd: directory, maxBuffer, env: { ...process.env, ...env, PATH } };
    const { stdout, stderr } = await runs(command, args, options);
    return stdout + stderr;
  };
  return { directory, run };
}

const maxBuffer = 64 * 1024 * 1024;
