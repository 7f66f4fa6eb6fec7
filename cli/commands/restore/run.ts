import { platformImage } from "#components/images/recipes";
import { packageRoot } from "#lib/package-root";
import { takeLock } from "#engine/lock";
import { buildImage } from "../../host/build-image.js";
import { dockerAt } from "#lib/docker";
import type { StackOptions } from "../../registrations/command.js";
import { refuseDuringDeploy, releasesOf } from "../../stack/during-deploy.js";
import { Failure } from "../../io/failure.js";
import type { Release } from "../../stack/releases.js";
import { ensureHome } from "../../project/home.js";
import type { Say } from "../../io/progress.js";
import { presentLogins } from "./logins.js";
import { RestoreRunner } from "./place.js";
import type { Stack } from "../../stack/stack.js";
import { Services } from "./services.js";
import { passSmokeTest, storedSmokeSecrets } from "./smoke.js";
import { projectName } from "../../project/config.js";
import { settingsOf, targetOf } from "../../project/target.js";

/** A restore at work: nothing else works on the stack meanwhile. */
export interface RestoreRun {
  readonly options: StackOptions;
  readonly of: Stack;
  readonly place: RestoreRunner;
  readonly services: Services;
  /** The history of releases, newest first; empty where the proxy, which keeps it, does not run. */
  readonly releases: readonly Release[];
  readonly say: Say;
  /** Lets others work on the stack again. */
  readonly release: () => Promise<void>;
}

/**
 * Takes the stack for a restore.
 * @param tools image to work with on databases of the server, which needs no backups; see `toolsImage`
 * @throws Failure or EngineError where something else works on it
 */
export async function openRestore(
  options: StackOptions,
  say: Say,
  tools?: string,
): Promise<RestoreRun> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  if (settings.database.externalUrlSecret !== undefined) {
    throw new Failure(
      "database.externalUrlSecret: the database is external; restore it there: docs/guide/restore.md says how with a dump of `keelson backups`.",
    );
  }
  if (!settings.backup.enabled && tools === undefined) {
    throw new Failure(
      `backup.enabled: is false for ${target.stack}; there is nothing to restore from.`,
    );
  }
  const docker = dockerAt(settings.docker.host);
  const home = ensureHome(target.home);
  const project = projectName(target.projectDirectory);
  const release = await takeLock(home.state, project, target.stack, say);
  try {
    const of = { docker, settings, stack: target.stack };
    const releases = await releasesOf(of, say);
    const run = { options, of, releases, say, release };
    await refuseDuringDeploy(of, releases);
    const secrets = () => storedSmokeSecrets(of, options);
    const services = new Services(of, say, {
      serverStarted: () => presentLogins(of, options),
      smokeTest: () => passSmokeTest({ of, releases, secrets }),
    });
    return { ...run, place: await RestoreRunner.of(of, tools), services };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The jobs image of this version of Keelson, built where it is missing. @throws Failure */
export async function toolsImage(options: StackOptions, say: Say): Promise<string> {
  const { projectDirectory, ...target } = targetOf(options);
  const { images, postgres, docker } = settingsOf({ projectDirectory, ...target });
  if (images.jobs !== undefined) return images.jobs;
  const recipe = platformImage("jobs", images, packageRoot, postgres.version);
  return buildImage(recipe, { projectDirectory, host: docker.host }, say);
}

/** The same where a stack has no backups; undefined where it has, and their container serves. @throws Failure */
export async function toolsWithoutBackups(
  options: StackOptions,
  say: Say,
): Promise<string | undefined> {
  const { backup } = settingsOf(targetOf(options));
  return backup.enabled ? undefined : toolsImage(options, say);
}
