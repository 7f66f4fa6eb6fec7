import { join } from "node:path";
import { namesOf, type Settings } from "#config";
import { run, type Run } from "#lib/run-process";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { history, type Release } from "./releases.js";
import type { Session } from "./session.js";

type Key = "version" | "gitSha";
type Named = Partial<Record<Key, string>>;

const variables = { version: "APP_VERSION", gitSha: "GIT_SHA" } as const;
const fallbacks = { version: "0.0.0", gitSha: "unknown" } as const;
const nouns = { version: "version", gitSha: "commit" } as const;

/** Sources of a version; replaced in tests. */
export interface VersionSources {
  readonly environment: NodeJS.ProcessEnv;
  readonly run: Run;
  readonly releases: () => Promise<readonly Release[]>;
}

/**
 * Sets APP_VERSION and GIT_SHA in the environment, where the program reads them, unless they or the settings name both:
 * from git for an image that is built, else those of the live release if it runs the same image. Says what is not from
 * git; what nobody names keeps the program's default.
 */
export async function completeVersion(
  { settings, docker, target }: Pick<Session, "settings" | "docker" | "target">,
  say: Say,
  sources: Partial<VersionSources> = {},
): Promise<void> {
  const { environment = process.env, run: start = run } = sources;
  const of = { docker, ...namesOf(settings, target.stack) };
  const { releases = () => history(of) } = sources;
  const wanted = (["version", "gitSha"] as const).filter(
    (key) => settings.app[key] === undefined && environment[variables[key]] === undefined,
  );
  if (wanted.length === 0) return;
  const { build } = settings.app;
  const git =
    build === undefined ? {} : await fromGit(join(target.projectDirectory, build.context), start);
  const missing = wanted.filter((key) => git[key] === undefined);
  const live = missing.length === 0 ? {} : await liveVersion(settings, releases);
  for (const key of wanted) {
    const value = git[key] ?? live[key];
    if (value !== undefined) environment[variables[key]] = value;
  }
  for (const key of missing) say(line(key, live[key]));
}

/** The last commit that changed a folder, and its description by tags; none where git does not tell. */
async function fromGit(folder: string, start: Run): Promise<Named> {
  const git = async (...args: string[]) => {
    const result = await start("git", ["-C", folder, ...args]);
    return result.code === 0 ? result.stdout.trim() : undefined;
  };
  const [commit, changes] = await Promise.all([
    git("log", "-1", "--format=%H", "--", "."),
    git("status", "--porcelain", "--", "."),
  ]);
  if (commit === undefined || commit === "" || changes === undefined) return {};
  const version = (await tagOfHead(git)) ?? (await git("describe", "--tags", "--always", commit));
  const suffix = changes === "" ? "" : "-dirty";
  return {
    gitSha: commit + suffix,
    ...(version === undefined ? {} : { version: version + suffix }),
  };
}

/** Returns the version that a person has given what is checked out by a tag such as v1.2.3, whatever its commit changed. */
async function tagOfHead(git: (...args: string[]) => Promise<string | undefined>) {
  const tags = await git("tag", "--points-at", "HEAD", "--sort=-version:refname");
  return tags?.split("\n").find((tag) => /^v?\d+\.\d+/.test(tag));
}

/** Names of the release that is live; none where there is none, or it runs another image than the settings name. */
async function liveVersion(
  { app }: Settings,
  releases: VersionSources["releases"],
): Promise<Named> {
  let all: readonly Release[];
  try {
    all = await releases();
  } catch (error) {
    // Before the first release no proxy runs that could tell.
    if (error instanceof Failure) return {};
    throw error;
  }
  const live = all.find(({ result }) => result === "live");
  if (live === undefined) return {};
  if (app.image !== undefined && ![live.image, live.tag].includes(app.image)) return {};
  return { version: live.version, gitSha: live.gitSha };
}

function line(key: Key, kept: string | undefined): string {
  const missing = `${variables[key]} is not set, and git does not say it`;
  return kept === undefined
    ? `${missing}: the app's ${nouns[key]} is "${fallbacks[key]}".`
    : `${missing}: the app's ${nouns[key]} stays ${kept}, as in the live release.`;
}
