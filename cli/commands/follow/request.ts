import { isAbsolute, normalize } from "node:path";
import { z } from "zod";
import { duration, seconds } from "#lib/duration";
import { parseSettings, problemText, SettingsError } from "#lib/settings";
import { Failure } from "../../io/failure.js";
import type { FollowOptions } from "../../registrations/follow.js";

/** References of a Git repository that are followed. */
export type FollowedRefs =
  | { readonly kind: "branch"; readonly name: string }
  | { readonly kind: "tag"; readonly pattern: string };

/** The thing that is followed: each has a head, which changes when something new is there. */
export type Followed = FollowedRefs | { readonly kind: "image" };

/** A checked request to follow. */
export interface FollowRequest {
  readonly followed: Followed;
  readonly everyMs: number;
  /** Tries of one head until it counts as bad. */
  readonly tries: number;
}

const shortest = 5;
const every = duration.refine((text) => seconds(text) >= shortest, {
  error: problemText("is too short", `write ${String(shortest)}s or more`),
});
const tries = z
  .string()
  .regex(
    /^(?:[1-9]|1\d|20)$/,
    problemText("is no number of tries", "write a whole number from 1 to 20"),
  );

/** Names that Git does not have (git-check-ref-format), and those that look like an option. */
const noRefName = /^[-/.]|\.\.|\/\/|\/\.|@\{|[\s~^:\\\p{Cc}]|\.lock(?:\/|$)|[/.]$|^$/u;

/** The request in a command's options. @throws Failure */
export function followRequest(options: FollowOptions): FollowRequest {
  const followed = followedIn(options);
  if (followed.kind === "image" && options.remote !== undefined) {
    throw new Failure("--remote: has no meaning with --image; leave one of them out.");
  }
  const modes = [options.once, options.retry, options.install, options.print];
  if (modes.filter((each) => each === true).length > 1) {
    throw new Failure("--once, --retry, --install and --print are mutually exclusive.");
  }
  return {
    followed,
    everyMs: seconds(checked(every, options.every, "--every")) * 1000,
    tries: Number(checked(tries, options.tries, "--tries")),
  };
}

/** A folder of a repository, without a slash around it; empty for the repository's own. @throws Failure */
export function folderInside(project: string): string {
  const folder = normalize(project).replace(/\/+$/, "");
  if (isAbsolute(folder) || folder === ".." || folder.startsWith("../")) {
    throw new Failure(
      `--project: ${project} is not in the repository; name the folder from there, such as deploy.`,
    );
  }
  return folder === "." ? "" : folder;
}

function followedIn({ branch, tag, image }: FollowOptions): Followed {
  const named = [branch, tag, image === true ? "" : undefined].filter((each) => each !== undefined);
  if (named.length !== 1) {
    throw new Failure("Specify exactly one of --branch, --tag and --image.");
  }
  if (image === true) return { kind: "image" };
  if (tag !== undefined) {
    requireRef("--tag", tag, "write a pattern such as 'v*'");
    return { kind: "tag", pattern: tag };
  }
  const name = branch ?? "";
  requireRef("--branch", name.includes("*") ? "" : name, "write its name, such as main");
  return { kind: "branch", name };
}

function requireRef(option: string, name: string, advice: string): void {
  if (!noRefName.test(name)) return;
  throw new Failure(`${option}: is not a name that Git has; ${advice}.`);
}

function checked<S extends z.ZodType>(schema: S, value: unknown, option: string): z.output<S> {
  try {
    return parseSettings(schema, value, option);
  } catch (error) {
    if (error instanceof SettingsError) throw new Failure(error.message);
    throw error;
  }
}
