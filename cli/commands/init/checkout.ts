import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A pipeline's text whose checkouts have what the repository keeps elsewhere: an image would be built without it. */
export function withCheckouts(text: string, repository: string): string {
  const submodules = existsSync(join(repository, ".gitmodules"));
  const action = /^( *)persist-credentials: false\n/gm;
  const whole = submodules
    ? after(
        after(text, action, "submodules: recursive"),
        /^( *)GIT_SHA: \$CI_COMMIT_SHA\n/m,
        "GIT_SUBMODULE_STRATEGY: recursive",
      )
    : text;
  // GitLab's runners fetch large files by themselves.
  return largeFiles(repository) ? after(whole, action, "lfs: true") : whole;
}

/** True where Git LFS keeps files of the repository. */
export function largeFiles(repository: string): boolean {
  const attributes = join(repository, ".gitattributes");
  return existsSync(attributes) && /\bfilter=lfs\b/.test(readFileSync(attributes, "utf8"));
}

const after = (text: string, line: RegExp, added: string) =>
  text.replace(line, (found, indent: string) => `${found}${indent}${added}\n`);
