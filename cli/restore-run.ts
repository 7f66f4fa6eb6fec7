import { takeLock } from "../engine/lock.js";
import { nameOfDatabase } from "../config.js";
import { superuserPsql } from "../workload/superuser.js";
import { dockerAt, ourContainers, type Docker } from "./docker.js";
import { Failure, messageOf } from "./failure.js";
import { history, type Release } from "./history.js";
import { ensureHome } from "./home.js";
import type { Say } from "./progress.js";
import { Place, type Stack } from "./restore-place.js";
import { Services } from "./restore-services.js";
import { projectName } from "./stack-config.js";
import { settingsOf, targetOf, type StackOptions } from "./target.js";

/** A restore at work: nothing else works on the stack meanwhile. */
export interface RestoreRun {
  readonly options: StackOptions;
  readonly of: Stack;
  readonly place: Place;
  readonly services: Services;
  /** The history of releases, newest first; empty where the proxy, which keeps it, does not run. */
  readonly releases: readonly Release[];
  readonly say: Say;
  /** Lets others work on the stack again. */
  readonly release: () => Promise<void>;
}

/** Takes the stack for a restore. @throws Failure or EngineError where something else works on it */
export async function openRestore(options: StackOptions, say: Say): Promise<RestoreRun> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  if (settings.database.externalUrlSecret !== undefined) {
    throw new Failure(
      "database.externalUrlSecret: the database is somebody else's; restore it there.",
    );
  }
  if (!settings.backup.enabled) {
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
    await refuseDuringDeploy({ of, releases });
    return { ...run, place: await Place.of(of), services: new Services(of, say) };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * Deployments from elsewhere, whose lock this machine does not see, are told by the release that runs and by the lock
 * of its migration. @throws Failure
 */
export async function refuseDuringDeploy(o: Pick<RestoreRun, "of" | "releases">): Promise<void> {
  const [newest] = o.releases;
  if (newest?.result === "running") {
    throw new Failure(
      `The release ${newest.id} is running, in process ${newest.by}; wait for its end, or for keelson up to end it.`,
    );
  }
  const holder = await migrating(o.of);
  if (holder !== undefined) {
    throw new Failure(`A migration is running (${holder}); wait for its end.`);
  }
}

async function releasesOf({ docker, settings, stack }: Stack, say: Say): Promise<Release[]> {
  try {
    return await history({ docker, app: settings.app.name, stack });
  } catch (error) {
    say(`The history of releases is not known: ${messageOf(error)}`);
    return [];
  }
}

/** Who holds the lock of migrations; undefined where nobody does, or the server does not answer. */
async function migrating({ docker, settings, stack }: Stack): Promise<string | undefined> {
  const all = await ourContainers(docker, settings.app.name, stack);
  const server = all.find(({ workload, running }) => workload === "postgres" && running);
  if (server === undefined) return undefined;
  return holderIn(docker, server.id, nameOfDatabase(settings));
}

// The numbers are those of images/jobs/migration-lock.
const holderSql = `SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND (classid, objid) = (1801807212, 1) AND objsubid = 2 AND granted
    AND datname = :'database';`;

async function holderIn(docker: Docker, server: string, database: string) {
  const words = ["exec", "-i", server, "sh", "-c", superuserPsql, "postgres"];
  const input = `\\set database '${database}'\n${holderSql}`;
  const ended = await docker(words, { input });
  const holder = ended.stdout.trim();
  return ended.code === 0 && holder !== "" ? holder : undefined;
}
