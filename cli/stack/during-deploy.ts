import { hostNames, nameOfDatabase, namesOf } from "#config";
import { superuserPsql } from "#lib/superuser";
import type { Docker } from "#lib/docker";
import { ourContainers } from "../io/docker.js";
import { Failure, messageOf } from "../io/failure.js";
import { history, type Release } from "./releases.js";
import type { Say } from "../io/progress.js";
import type { Stack } from "./stack.js";

/**
 * Deployments from elsewhere, whose lock this machine does not see, are detected by the running release and by the lock
 * of its migration. @throws Failure
 */
export async function refuseDuringDeploy(of: Stack, [newest]: readonly Release[]): Promise<void> {
  if (newest?.result === "running") {
    throw new Failure(
      `The release ${newest.id} is running, in process ${newest.by}; wait for its end, or for keelson up to end it.`,
    );
  }
  const holder = await migrating(of);
  if (holder !== undefined) {
    throw new Failure(`A migration is running (${holder}); wait for its end.`);
  }
}

/** The history of releases, newest first; empty where the proxy, which keeps it, does not run. */
export async function releasesOf({ docker, settings, stack }: Stack, say: Say): Promise<Release[]> {
  try {
    return await history({ docker, ...namesOf(settings, stack) });
  } catch (error) {
    say(`The history of releases is not known: ${messageOf(error)}`);
    return [];
  }
}

/** Returns the holder of the lock of migrations; undefined where there is none, or the server does not answer. */
async function migrating({ docker, settings, stack }: Stack): Promise<string | undefined> {
  const all = await ourContainers(docker, ...hostNames(settings, stack));
  const server = all.find(({ workload, running }) => workload === "postgres" && running);
  if (server === undefined) return undefined;
  return holderIn(docker, server.id, nameOfDatabase(settings));
}

// The numbers are those of images/jobs/migration-lock.
const holderSql = `SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND (classid, objid) = (1801807212, 1) AND objsubid = 2 AND granted
    AND datname = :'database';`;

async function holderIn(docker: Docker, server: string, database: string) {
  const sql = `\\set database '${database}'\n${holderSql}`;
  const result = await superuserPsql(docker, { server, database: "postgres" }, sql);
  const holder = result.stdout.trim();
  return result.code === 0 && holder !== "" ? holder : undefined;
}
