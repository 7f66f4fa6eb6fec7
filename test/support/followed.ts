// A bare Git repository whose project has a stand-in of `keelson up`, and a follower of it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A commit's behaviour: its up succeeds, fails, or goes on until `end` is there. */
export type Behaviour = "good" | "bad" | "slow";

/** The stand-in: it makes what it is live, unless it is bad, and notes two at once. */
const standIn = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
const world = process.env.WORLD;
try {
  mkdirSync(world + "/running");
} catch {
  appendFileSync(world + "/overlaps", "x");
}
const [behaviour, name] = readFileSync("release.txt", "utf8").trim().split(" ");
appendFileSync(world + "/tries", name + " " + process.argv.slice(2).join(" ") + "\\n");
if (behaviour === "slow") while (!existsSync(world + "/end")) await wait(20);
if (behaviour !== "bad") writeFileSync(world + "/live", name);
rmdirSync(world + "/running");
if (behaviour === "bad") {
  console.error("The smoke test failed: HTTP 500");
  process.exit(1);
}
`;

/** A repository, the operator's own clone of it, and what the stand-ins did. */
export class Followed {
  readonly folder: string;
  readonly remote: string;
  /** The operator's clone; its project is below it. */
  readonly clone: string;
  readonly world: string;
  readonly project: string;
  #commits = 0;

  /** @param parent folder that it is made in */
  constructor(parent = tmpdir()) {
    mkdirSync(parent, { recursive: true });
    this.folder = mkdtempSync(join(parent, "keelson-followed-"));
    this.remote = join(this.folder, "shop.git");
    this.clone = join(this.folder, "clone");
    this.world = join(this.folder, "world");
    this.project = join(this.clone, "deploy");
    mkdirSync(this.world);
    this.git(".", "init", "--quiet", "--bare", "--initial-branch=main", this.remote);
    this.git(".", "clone", "--quiet", this.remote, this.clone);
    this.git("clone", "checkout", "--quiet", "-B", "main");
    mkdirSync(join(this.project, "bin"), { recursive: true });
    this.write("bin/keelson.mjs", standIn);
    this.write("package.json", JSON.stringify({ name: "keelson", type: "module" }));
    this.write("Pulumi.yaml", "name: shop\nruntime: nodejs\n");
    this.write("Pulumi.local.yaml", "config:\n  keelson:environment: local\n");
    const app = "keelson:app: { name: shop, image: example.com/shop:1, port: 3000 }";
    this.write("Pulumi.standin.yaml", `config:\n  keelson:environment: local\n  ${app}\n`);
    this.write(".gitignore", ".keelson/\nnode_modules/\n");
  }

  /** Runs git in a folder of it; what it prints. */
  git(folder: string, ...args: string[]): string {
    const who = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"];
    const options = { cwd: join(this.folder, folder), encoding: "utf8" } as const;
    return execFileSync("git", [...who, ...args], { ...options, stdio: "pipe" }).trim();
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.project, file), text);
  }

  /** Pushes a commit, and says what its name and its id are. */
  push(behaviour: Behaviour, branch = "main"): { readonly name: string; readonly id: string } {
    const name = `v${String(++this.#commits)}`;
    this.write("release.txt", `${behaviour} ${name}\n`);
    this.git("clone", "add", "--all");
    this.git("clone", "commit", "--quiet", "--message", name);
    this.git("clone", "push", "--quiet", "--force", "origin", `HEAD:refs/heads/${branch}`);
    return { name, id: this.git("clone", "rev-parse", "HEAD") };
  }

  /** Text of a file that the stand-ins write; empty before. */
  told(file: "live" | "tries" | "overlaps"): string {
    const path = join(this.world, file);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Names of the commits whose up was run, in order. */
  get tried(): string[] {
    return this.told("tries")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(" ")[0] ?? "");
  }

  /** Lets slow ones end. */
  end(): void {
    writeFileSync(join(this.world, "end"), "");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
