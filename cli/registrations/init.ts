import type { Command } from "commander";
import { run, yes, type Load } from "./command.js";

/** Options of `keelson init`. */
export interface InitOptions {
  /** Folder that is written, from the repository's. */
  readonly into: string;
  /** A compose file or a Procfile to take over. */
  readonly from?: string;
  readonly name?: string;
  /** Workflows for GitHub are written as well, into the repository that has the folder. */
  readonly github?: boolean;
  /** The same for GitLab. */
  readonly gitlab?: boolean;
  /** The same for Forgejo. */
  readonly forgejo?: boolean;
  readonly yes?: boolean;
}

/** Registers `keelson init`. */
export function initCommand(program: Command, load: Load<[string, InitOptions]>): void {
  program
    .command("init")
    .description("write a project for the application in a repository")
    .argument("[repository]", "folder of the application", ".")
    .option("--into <folder>", "folder to write, in the repository", "deploy")
    .option("--from <file>", "compose file or Procfile to take over")
    .option("--name <name>", "name of the application, default: that of its folder")
    .option("--github", "write workflows for GitHub: preview, deploy by digest, approval")
    .option("--gitlab", "the same for GitLab")
    .option("--forgejo", "the same for Forgejo")
    .option(...yes)
    .action((repository: string, options: InitOptions) => run(load, repository, options));
}
