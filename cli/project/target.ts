import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { stackFileSettings, type Settings } from "#config";
import { SettingsError } from "#lib/settings";
import { projectRoot } from "#lib/package-root";
import { shellCommand } from "#lib/shell";
import { secretProblems } from "#config/secret-problems";
import { Failure } from "../io/failure.js";
import { homeOf, type Home } from "./home.js";
import type { StackOptions } from "../registrations/command.js";

/** The project's folder. @throws Failure where there is none */
export function projectDirectory(): string {
  const found = projectRoot();
  if (found !== undefined) return found;
  throw new Failure(
    `There is no Pulumi.yaml in ${process.cwd()} or above it; go to your project's folder, or run keelson init.`,
  );
}

/** A stack that a command works on. */
export interface Target {
  readonly projectDirectory: string;
  readonly stack: string;
  /** The person's own configuration file, absolute. */
  readonly configFile: string;
  readonly home: Home;
  /** Its state is the checkout's: never in the user's Pulumi account. */
  readonly ownState: boolean;
}

/** The options that every command on a stack ends with, for a command that a person is to type. */
export function stackFlags({ stack, configFile }: StackOptions): string {
  const file = configFile === undefined ? [] : ["--config-file", configFile];
  return shellCommand(["--stack", stack, ...file]);
}

/** Returns the place of a stack's configuration and state. */
export function targetOf(options: StackOptions, directory = projectDirectory()): Target {
  const name = options.configFile ?? join(directory, `Pulumi.${options.stack}.yaml`);
  return {
    projectDirectory: directory,
    stack: options.stack,
    configFile: resolve(name),
    home: homeOf(directory),
    ownState: options.stack === "local" || options.stack.startsWith("test-"),
  };
}

/**
 * Every problem of a stack's settings and required secrets; the settings when there is none.
 *
 * @param now the time at which the proxy's certificate has to be valid; null: whenever that is
 */
export function checkTarget(
  target: Target,
  environment: NodeJS.ProcessEnv = process.env,
  now: Date | null = new Date(),
): { settings: Settings; problems: [] } | { problems: readonly string[] } {
  if (!existsSync(target.configFile)) {
    return {
      problems: [`${target.configFile}: is missing; name a stack that has a file, or create it`],
    };
  }
  try {
    const settings = stackFileSettings(target.projectDirectory, target.stack, target.configFile);
    const { projectDirectory } = target;
    const problems = secretProblems(settings, environment, projectDirectory, undefined, now);
    return problems.length === 0 ? { settings, problems: [] } : { problems };
  } catch (error) {
    if (error instanceof SettingsError) return { problems: error.problems };
    throw error;
  }
}

/** The settings of a stack, whether its secrets are there or not: enough to find its containers. @throws Failure */
export function settingsOf(target: Target): Settings {
  try {
    return stackFileSettings(target.projectDirectory, target.stack, target.configFile);
  } catch (error) {
    if (error instanceof SettingsError) throw new Failure(error.problems.join("\n"));
    throw error;
  }
}

/**
 * The settings of a stack.
 *
 * @param deploys it may deploy the proxy's certificate, which then has to be valid today; default true
 * @throws Failure with every problem, a line each
 */
export function checkedSettings(target: Target, deploys = true): Settings {
  const checked = checkTarget(target, process.env, deploys ? new Date() : null);
  if ("settings" in checked) return checked.settings;
  throw new Failure(checked.problems.join("\n"));
}
