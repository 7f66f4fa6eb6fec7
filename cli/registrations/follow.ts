import type { Command } from "commander";
import { onEngine, run, type EngineOptions, type Load } from "./command.js";

/** Options of `keelson follow`, as they are written. */
export interface FollowOptions extends EngineOptions {
  /** Git repository; default: `origin` of the project's. */
  readonly remote?: string;
  readonly branch?: string;
  /** Pattern of tags, of which the newest version counts. */
  readonly tag?: string;
  /** The digest of `app.image` in its registry, in place of a commit. */
  readonly image?: boolean;
  /** Folder of the project in the repository; default: where it is in its own. */
  readonly project?: string;
  readonly every: string;
  readonly tries: string;
  readonly once?: boolean;
  readonly retry?: boolean;
  readonly install?: boolean;
  readonly print?: boolean;
}

/** Registers `keelson follow`. */
export function followCommand(program: Command, load: Load<[FollowOptions]>): void {
  onEngine(program, "follow", "keep the stack at a branch, a tag or an image: up after each change")
    .option("--branch <branch>", "branch to follow")
    .option("--tag <pattern>", "tags to follow, such as 'v*': the newest version counts")
    .option("--image", "follow the digest of app.image in its registry")
    .option("--remote <url>", "Git repository; default: origin of the project's repository")
    .option("--project <folder>", "folder of the project in the repository")
    .option("--every <duration>", "time between two checks", "60s")
    .option("--tries <n>", "tries of one commit until it counts as bad", "3")
    .option("--once", "check once, and end with 1 if what is wanted is not live")
    .option("--retry", "have the follower try a bad commit again")
    .option("--install", "install it as a systemd service, as root")
    .option("--print", "print the systemd unit")
    .action((options: FollowOptions) => run(load, options));
}
