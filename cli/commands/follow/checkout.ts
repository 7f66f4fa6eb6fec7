import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run as runProcess, tail, type Run, type RunOptions } from "#lib/run-process";
import { Failure } from "../../io/failure.js";
import type { FollowedRefs } from "./request.js";
import { gitEnvironment, withoutPassword, type Head } from "./source.js";

/** A checkout that a follower owns: nobody else changes it, and it may be made again at any time. */
export class Checkout {
  readonly #folder: string;
  readonly #remote: string;
  readonly #prefix: string;
  readonly #refs: readonly string[];
  readonly #run: Run;
  #fetchFailed = false;

  /**
   * @param followed references that are fetched, and all tags, by which versions are named
   * @param prefix folder of the project in it, empty for its own
   */
  constructor(
    folder: string,
    followed: FollowedRefs,
    remote: string,
    prefix: string,
    run: Run = runProcess,
  ) {
    this.#folder = folder;
    // Other branches may be many, and large.
    const branch = followed.kind === "branch" ? followed.name : undefined;
    this.#refs = [
      ...(branch === undefined ? [] : [`+refs/heads/${branch}:refs/remotes/origin/${branch}`]),
      "+refs/tags/*:refs/tags/*",
    ];
    this.#remote = remote;
    this.#prefix = prefix;
    this.#run = run;
  }

  /** Folder of the project in it. */
  get project(): string {
    return join(this.#folder, this.#prefix);
  }

  /**
   * Brings it to a commit, with the packages that the project names, and nothing else in it.
   *
   * @param dotenv the operator's own `.env`, which no commit has
   * @throws Failure where the commit can't be had now
   */
  async at(head: Head, dotenv: string, signal: AbortSignal): Promise<void> {
    await this.#fetch(signal);
    await this.#git(["cat-file", "-e", `${head.id}^{commit}`], `${head.name} is no commit`, signal);
    // Left by a git that was killed; whoever holds the follower's lock is alone here.
    rmSync(join(this.#folder, ".git", "index.lock"), { force: true });
    await this.#git(["checkout", "--force", "--detach", head.id], "The checkout failed", signal);
    const kept = `/${this.#prefix === "" ? "" : `${this.#prefix}/`}node_modules`;
    await this.#git(["clean", "-ffdxq", "-e", kept], "The checkout can't be cleaned", signal);
    if (existsSync(join(this.#folder, ".gitmodules"))) {
      const modules = ["submodule", "update", "--init", "--recursive", "--force"];
      await this.#git(modules, "The submodules can't be had", signal);
    }
    if (existsSync(dotenv) && !existsSync(join(this.project, ".env"))) {
      copyFileSync(dotenv, join(this.project, ".env"));
    }
  }

  /** Installs the project's packages where they are not those that it names. @throws Failure */
  async install(): Promise<void> {
    const manifests = ["package.json", "package-lock.json"].map((file) => join(this.project, file));
    const [manifest = "", lock = ""] = manifests;
    if (!existsSync(manifest)) return;
    const texts = manifests.map((file) => (existsSync(file) ? readFileSync(file, "utf8") : ""));
    const wanted = createHash("sha256").update(texts.join("\0")).digest("hex");
    const mark = join(this.project, "node_modules", ".keelson-follow");
    if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
    const how = existsSync(lock) ? ["ci"] : ["install", "--no-package-lock"];
    const args = [...how, "--no-audit", "--no-fund", "--loglevel=error"];
    const result = await this.#run("npm", args, { cwd: this.project });
    if (result.code !== 0) throw new Failure(`npm ${how.join(" ")} failed: ${tail(result)}`);
    mkdirSync(join(this.project, "node_modules"), { recursive: true });
    writeFileSync(mark, wanted);
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    // One that fails twice may be damaged, by a power cut for instance.
    if (this.#fetchFailed) rmSync(this.#folder, { recursive: true, force: true });
    if (!existsSync(join(this.#folder, ".git"))) {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      await this.#git(["init", "--quiet"], "The checkout can't be made", signal);
    }
    const fetch = ["fetch", "--quiet", "--prune", "--force", "--no-recurse-submodules", "--"];
    this.#fetchFailed = true;
    const problem = `${withoutPassword(this.#remote)} can't be fetched`;
    await this.#git([...fetch, this.#remote, ...this.#refs], problem, signal);
    this.#fetchFailed = false;
  }

  async #git(args: readonly string[], problem: string, signal: AbortSignal): Promise<void> {
    const options: RunOptions = { cwd: this.#folder, env: gitEnvironment(), signal };
    const result = await this.#run("git", args, options);
    if (result.code !== 0) throw new Failure(`${problem}: ${withoutPassword(tail(result))}`);
  }
}
