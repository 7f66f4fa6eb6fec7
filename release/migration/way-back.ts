import { dumpIn } from "../dump-line.js";
import { secondsSince, stillWanted, type StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import type { MigrationParameters } from "./parameters.js";
import { asSuperuser } from "./superuser.js";

/** Exit code of a backup where another one is at work. */
const busy = 75;

/** Marks this moment in the WAL. @returns its name; null where the server is not ours @throws StepFailure */
export async function makeRestorePoint(
  context: StepContext,
  { server, database, release }: Pick<MigrationParameters, "server" | "database" | "release">,
): Promise<string | null> {
  if (server === undefined) {
    context.say("migration: no restore point: the database is external");
    return null;
  }
  const began = context.now();
  const point = `before-${release.replaceAll(/[^A-Za-z0-9._]/g, "-").slice(0, 38)}-${timestamp()}`;
  const sql = `SELECT pg_create_restore_point('${point}');`;
  const problem = await asSuperuser(context, { server, database }, sql);
  if (problem !== undefined) {
    throw new StepFailure(`restore point: it could not be made: ${problem}`);
  }
  const seconds = secondsSince(context, began);
  context.say(`migration: restore point ${point} made in ${String(seconds)} s`);
  return point;
}

/** Dumps the database, as a backup does, where that is wanted. @returns the dump's file @throws StepFailure */
export async function makeDump(
  context: StepContext,
  { backup, lockWaitSeconds }: Pick<MigrationParameters, "backup" | "lockWaitSeconds">,
): Promise<string | null> {
  if (backup === undefined) return null;
  const began = context.now();
  const { code, stdout, stderr } = await backedUp(context, backup, lockWaitSeconds);
  const printed = `${stdout}${stderr}`.trim();
  if (code === busy) {
    throw new StepFailure(
      `dump: another backup did not end within ${String(lockWaitSeconds)} s (app.migrate.lockWait)`,
    );
  }
  if (code !== 0) throw new StepFailure(`dump: it failed: ${printed}`);
  const file = dumpIn(stdout);
  if (file === undefined) {
    throw new StepFailure(`dump: the backup does not say what it wrote: ${printed}`);
  }
  context.say(`migration: dump ${file} made in ${String(secondsSince(context, began))} s`);
  return file;
}

/** Takes a backup, after any other. */
async function backedUp(context: StepContext, backup: string, seconds: number) {
  const began = context.now();
  for (let attempt = 1; ; attempt++) {
    const result = await context.docker(["exec", backup, "/usr/local/bin/dump"]);
    if (result.code !== busy || secondsSince(context, began) >= seconds) return result;
    if (attempt === 1) context.say("migration: waiting for another backup to end");
    stillWanted(context);
    await context.wait(1000);
  }
}

/** `20260301T100013Z`. */
function timestamp(): string {
  return new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
