import { reassignSql } from "../logins.js";
import type { StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";
import type { MigrationParameters } from "./parameters.js";
import { asSuperuser } from "./superuser.js";

/**
 * Gives the owner what a migration has made by sessions that had reset their role (DISCARD ALL). Of the roles themselves
 * rights.sql sees to that; a login that took a role's place when its password was rotated is unknown to it.
 * @param login by which it migrated: a libpq service file
 * @throws StepFailure
 */
export async function giveToOwner(
  context: StepContext,
  { server, database }: Pick<MigrationParameters, "server" | "database">,
  login: string,
): Promise<void> {
  if (server === undefined || !/^user=.*_migrator_[0-9]+$/m.test(login)) return;
  const owner = `${database}_owner`;
  const roles = [`${database}_migrator`, `${database}_app`];
  const sql = reassignSql(roles.map((role) => ({ role, owner })));
  const problem = await asSuperuser(context, { server, database }, sql);
  if (problem === undefined) return;
  throw new StepFailure(
    `it passed, but what it made can't be given to ${owner}: ${problem}; end what holds a lock on it, and release again`,
  );
}
