import { copyFileSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tail, type Run } from "#lib/run-process";
import { Failure } from "../../io/failure.js";
import { packageOf } from "./candidate.js";

const files = ["package.json", "package-lock.json"];

/**
 * The packages of a project, moved to another version of Keelson and back: what was there is kept aside until one of both
 * is decided, so the way back needs no registry.
 */
export class Pin {
  readonly #project: string;
  readonly #aside: string;
  readonly #run: Run;

  /** @param aside folder on the same file system, which git does not have */
  constructor(project: string, aside: string, run: Run) {
    this.#project = project;
    this.#aside = aside;
    this.#run = run;
  }

  /** Undoes what an earlier run, killed in the middle, has left. True where there was something. */
  undoInterrupted(): boolean {
    if (!existsSync(join(this.#aside, "complete"))) {
      rmSync(this.#aside, { recursive: true, force: true });
      return false;
    }
    this.undo();
    return true;
  }

  /** Keeps what is there, then installs another version and pins it. @throws Failure with all as it was */
  async move(spec: string): Promise<void> {
    mkdirSync(this.#aside, { recursive: true });
    for (const file of files) {
      if (existsSync(join(this.#project, file))) {
        copyFileSync(join(this.#project, file), join(this.#aside, file));
      }
    }
    // Links would not do: npm writes into its own list of what is installed, which the way back needs as it was.
    const packages = join(this.#project, "node_modules");
    const copied = await this.#run("cp", ["-a", packages, join(this.#aside, "node_modules")]);
    if (copied.code !== 0) {
      rmSync(this.#aside, { recursive: true });
      throw new Failure(`${packages} can't be kept aside: ${tail(copied)}`);
    }
    mkdirSync(join(this.#aside, "complete"));
    const install = ["install", "--save-exact", "--no-audit", "--no-fund", "--loglevel=error"];
    const result = await this.#run("npm", [...install, packageOf(spec)], { cwd: this.#project });
    if (result.code === 0) return;
    this.undo();
    throw new Failure(`npm can't install it, and all is as it was: ${tail(result)}`);
  }

  /** Puts all back. */
  undo(): void {
    const packages = join(this.#project, "node_modules");
    const kept = join(this.#aside, "node_modules");
    if (existsSync(kept)) {
      rmSync(packages, { recursive: true, force: true });
      renameSync(kept, packages);
    }
    for (const file of files) {
      const before = join(this.#aside, file);
      if (existsSync(before)) copyFileSync(before, join(this.#project, file));
      else rmSync(join(this.#project, file), { force: true });
    }
    this.keep();
  }

  /** Forgets what was before. */
  keep(): void {
    rmSync(join(this.#aside, "complete"), { recursive: true, force: true });
    rmSync(this.#aside, { recursive: true, force: true });
  }
}

/** Refuses a project whose packages npm does not keep in its own folder. @throws Failure */
export function requireNpm(project: string): void {
  for (const [file, command] of [
    ["pnpm-lock.yaml", "pnpm add --save-exact keelson"],
    ["yarn.lock", "yarn add --exact keelson"],
    ["bun.lock", "bun add --exact keelson"],
  ] as const) {
    if (existsSync(join(project, file))) {
      throw new Failure(
        `${file}: npm does not keep these packages; run ${command}, then keelson preview.`,
      );
    }
  }
  const installed = join(project, "node_modules", "keelson");
  if (existsSync(installed) && !lstatSync(installed).isSymbolicLink()) return;
  throw new Failure(
    `${project} has no package keelson of its own; run npm install there, or update it where it is installed.`,
  );
}
