import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ofPackage } from "#lib/package-root";
import type { Target } from "../../project/target.js";
import type { FollowOptions } from "../../registrations/follow.js";
import type { UnitFacts } from "./unit.js";

/** The facts of the service that runs what these options say, as the owner of the project's folder. */
export function unitFacts(options: FollowOptions, target: Target, project: string): UnitFacts {
  const { uid } = statSync(target.projectDirectory);
  const user = userOf(uid);
  return {
    stack: options.stack,
    project,
    command: [process.execPath, ofPackage("bin", "keelson.mjs"), "follow", ...followArgs(options)],
    directory: target.projectDirectory,
    user: user.name,
    home: user.home,
    groups: user.name !== "root" && hasDockerGroup() ? ["docker"] : [],
    writes: [
      target.projectDirectory,
      target.home.directory,
      ...[".cache", ".npm", ".pulumi", ".docker"].map((folder) => join(user.home, folder)),
    ],
  };
}

/** The options as they are written, without those that say how it is run. */
export function followArgs(options: FollowOptions): string[] {
  const { configFile } = options;
  const named: readonly [string, string | undefined][] = [
    ["--stack", options.stack],
    ["--config-file", configFile === undefined ? undefined : resolve(configFile)],
    ["--engine", options.engine],
    ["--branch", options.branch],
    ["--tag", options.tag],
    ["--remote", options.remote],
    ["--project", options.project],
    ["--every", options.every],
    ["--tries", options.tries],
  ];
  const flags = named.flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  return options.image === true ? [...flags, "--image"] : flags;
}

/** Name and folder of a user by its number; root's own where the host does not know it. */
function userOf(uid: number): { readonly name: string; readonly home: string } {
  try {
    const line = execFileSync("getent", ["passwd", String(uid)], { encoding: "utf8" });
    const [name = "", , , , , home = homedir()] = line.trim().split(":");
    return { name, home };
  } catch {
    return { name: String(uid), home: homedir() };
  }
}

function hasDockerGroup(): boolean {
  return readFileSync("/etc/group", "utf8")
    .split("\n")
    .some((line) => line.startsWith("docker:"));
}
