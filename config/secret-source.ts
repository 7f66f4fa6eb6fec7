import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { SecretSource } from "#components/secrets/settings";
import type { SourcesAnswer, SourcesRequest } from "#components/secrets/sources/read";
import { CompleteError } from "#lib/complete-error";
import { ofPackage } from "#lib/package-root";
import { isSealed } from "#lib/sealed";
import { SettingsError } from "#lib/settings";
import { readText } from "./read-text.js";
import { absentBefore, givenBefore } from "./secret-handover.js";
import type { Settings } from "./settings.js";

/** The injected secrets of a stack as its sources have them. */
export interface InjectedSecrets {
  readonly source: SecretSource;
  /** Sources that did not answer, and what in them is no text, a line each. */
  readonly problems: readonly string[];
}

/**
 * Source of injected secrets: what `secretSources` names, in that order; by default the process environment, whose gaps
 * `.env` fills, but never in `prod`. Sources are asked once for the same settings.
 *
 * @throws SettingsError where a source does not answer
 */
export function secretSource(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  projectDirectory: string,
): SecretSource {
  const { source, problems } = injectedSecrets(settings, environment, projectDirectory);
  if (problems.length > 0) throw new SettingsError(problems);
  return source;
}

/** The same, its problems among the results. */
export function injectedSecrets(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  projectDirectory: string,
): InjectedSecrets {
  const near = nearbySource(settings, environment, projectDirectory);
  const names = injectedNames(settings);
  const asked = names.filter(
    (name) => givenBefore(environment, name) === undefined && !absentBefore(environment, name),
  );
  if (!asksOthers(settings) || asked.length === 0) return { source: near, problems: [] };
  const request: SourcesRequest = {
    sources: settings.secretSources,
    names: asked,
    given: Object.fromEntries(asked.flatMap((name) => pairOf(name, near(name)))),
    stackEnvironment: settings.environment,
    directory: projectDirectory,
  };
  const { values, problems } = remembered(settings, request, environment);
  const read = new Map(Object.entries(values));
  return { source: (name) => givenBefore(environment, name) ?? read.get(name), problems };
}

/**
 * The source that asks nothing but this process: the values that a command before has handed over, and the process environment
 * where it is among the sources.
 */
export function nearbySource(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  projectDirectory: string,
): SecretSource {
  const isSource = settings.secretSources.some((each) => each.environment !== undefined);
  if (!isSource) return (name) => givenBefore(environment, name);
  const file = join(projectDirectory, ".env");
  const fromFile =
    settings.environment !== "prod" && existsSync(file) ? parseEnv(readText(file)) : {};
  return (name) => givenBefore(environment, name) ?? environment[name] ?? fromFile[name];
}

/** Variables of the secrets that are neither generated nor sealed. */
export function injectedNames({ secrets }: Settings): string[] {
  const names = Object.entries(secrets).flatMap(([name, { generate, value, variable }]) =>
    generate !== undefined || isSealed(value) ? [] : [variable ?? name],
  );
  return [...new Set(names)];
}

/** True where something but the process environment is asked for secrets. */
export function asksOthers({ secretSources }: Settings): boolean {
  return secretSources.some((each) => each.environment === undefined);
}

function pairOf(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

/** Answers by settings, which each command parses for itself: what was checked is what is used. */
const answers = new WeakMap<
  Settings,
  { readonly question: string; readonly answer: SourcesAnswer }
>();

function remembered(settings: Settings, request: SourcesRequest, environment: NodeJS.ProcessEnv) {
  const question = JSON.stringify(request);
  const known = answers.get(settings);
  if (known?.question === question) return known.answer;
  const answer = askedNow(question, environment);
  answers.set(settings, { question, answer });
  return answer;
}

/** The program states its resources at once: it can't wait for a promise, so another process does. */
function askedNow(question: string, environment: NodeJS.ProcessEnv): SourcesAnswer {
  const { status, signal, stdout, stderr, error } = spawnSync(
    process.execPath,
    [ofPackage("bin", "read-secrets.mjs")],
    { input: question, env: environment, encoding: "utf8", maxBuffer: mostOutput },
  );
  if (signal === "SIGINT" || status === interrupted) {
    throw new CompleteError("Interrupted while the sources of the secrets were asked.");
  }
  if (status === 0) return JSON.parse(stdout) as SourcesAnswer;
  throw error ?? new Error(`the sources of the secrets can't be asked: ${stderr}`);
}

const mostOutput = 256 * 1024 * 1024;
/** Exit code of a process that Ctrl-C ends. */
const interrupted = 130;
