import { spawnSync } from "node:child_process";
import { problem } from "#lib/settings";

/** Returns a note on each file of variables, such as `.env`, that is in git; none where git does not tell. */
export function committedNotes(projectDirectory: string): string[] {
  const args = ["-C", projectDirectory, "ls-files", "-z", "--", ".env", ".env.*"];
  const { status, stdout } = spawnSync("git", args, { encoding: "utf8" });
  if (status !== 0) return [];
  const advice = "remove it (git rm --cached), and replace what was secret in it";
  return stdout
    .split("\0")
    .filter((file) => file !== "" && !/\.(?:example|sample|template|dist|schema)$/.test(file))
    .map((file) => problem(file, "is in git", advice));
}
