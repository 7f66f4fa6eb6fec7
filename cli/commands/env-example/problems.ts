import { platformVariables } from "#components/app/environment";
import type { Settings } from "#config";
import type { Variable } from "./variables.js";

/** The variables of a repository: written down, set and read. */
export interface Compared {
  readonly settings: Settings;
  readonly variables: readonly Variable[];
  /** Names in the example. */
  readonly written: ReadonlySet<string>;
  /** Names that sources read, each with its first place. */
  readonly read: ReadonlyMap<string, string>;
  /** Name of the example, for messages. */
  readonly file: string;
}

/** Variables of every process and of runtimes, which nobody writes down. */
const usual = new Set(
  (
    "PATH HOME USER PWD SHELL TMPDIR TZ LANG LC_ALL TERM CI HOSTNAME NODE_ENV RAILS_ENV RACK_ENV MIX_ENV " +
    "FLASK_ENV PYTHONPATH DJANGO_SETTINGS_MODULE BUNDLE_GEMFILE NODE_OPTIONS"
  ).split(" "),
);

/** Differences that make an example wrong, a line each. */
export function exampleProblems({ settings, variables, written, read, file }: Compared): string[] {
  const set = new Set(variables.flatMap(({ name }) => [name, `${name}_FILE`]));
  for (const name of platformVariables(settings.app)) set.add(name);
  const missing = variables.filter(({ name }) => !written.has(name));
  const unset = [...read].filter(
    ([name]) => !set.has(name) && !written.has(name) && !usual.has(name),
  );
  const stale = [...written].filter((name) => !set.has(name) && !read.has(name));
  return [
    ...missing.map(
      ({ name }) => `${name}: is set by the settings, and not in ${file}; run keelson env-example`,
    ),
    ...unset.map(
      ([name, place]) =>
        `${name}: is read in ${place}, and nobody sets it; add it to app.env or secrets, or to ${file} if it may be missing`,
    ),
    ...stale.map(
      (name) =>
        `${name}: is in ${file}, and nobody sets or reads it; remove it, or add it to app.env or secrets`,
    ),
  ];
}

/** Secrets that somebody has to give, and that a file does not name as a word, a line each. */
export function unnamedProblems(
  { secrets }: Pick<Settings, "secrets">,
  texts: ReadonlyMap<string, string>,
): string[] {
  const given = Object.entries(secrets).filter(([, { generate }]) => generate === undefined);
  const names = given.map(([name, { variable = name }]) => variable);
  return [...texts].flatMap(([file, text]) => {
    const named = new Set(text.split(/[^A-Za-z0-9_]+/));
    return names
      .filter((name) => !named.has(name))
      .map(
        (name) => `${name}: is a secret that is injected, and not named in ${file}; name it there`,
      );
  });
}

/** Variables of the settings that no source reads in a form that is known, a line each. */
export function unreadNotes({ variables, read }: Compared): string[] {
  if (read.size === 0) return [];
  return variables
    .filter(({ name, platform }) => !platform && !read.has(name) && !read.has(`${name}_FILE`))
    .map(({ name }) => `${name}: is set, and no source reads it in a form that is known`);
}
