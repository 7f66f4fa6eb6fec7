import { spawnSync } from "node:child_process";

/** The branch that is deployed: the remote's default one, else main or master, else the one that is checked out. */
export function defaultBranch(repository: string): string {
  const remote = git(repository, "symbolic-ref", "--short", "refs/remotes/origin/HEAD");
  if (remote !== undefined) return remote.replace(/^origin\//, "");
  const usual = ["main", "master"].find((name) =>
    ["refs/heads", "refs/remotes/origin"].some(
      (place) => git(repository, "show-ref", "--verify", `${place}/${name}`) !== undefined,
    ),
  );
  return usual ?? git(repository, "symbolic-ref", "--short", "HEAD") ?? "main";
}

/** Output of Git; undefined where it fails. */
function git(repository: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("git", ["-C", repository, ...args], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
