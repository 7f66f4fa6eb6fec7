import type { Run } from "#lib/run-process";
import { Failure } from "../../io/failure.js";
import { folderInside } from "./request.js";

/** The remote that a project's repository came from. @throws Failure */
export async function originOf(directory: string, run: Run): Promise<string> {
  const result = await run("git", ["-C", directory, "remote", "get-url", "origin"]);
  if (result.code === 0) return result.stdout.trim();
  if (result.code === 127) throw new Failure("git can't be run; install it (apt-get install git).");
  throw new Failure(
    `--remote: ${directory} is in no repository with an origin; name the repository to follow.`,
  );
}

/** Folder of a project in its repository, empty for the repository's own. @throws Failure */
export async function placeInRepository(
  named: string | undefined,
  directory: string,
  run: Run,
): Promise<string> {
  if (named !== undefined) return folderInside(named);
  const result = await run("git", ["-C", directory, "rev-parse", "--show-prefix"]);
  return result.code === 0 ? folderInside(result.stdout.trim() || ".") : "";
}
