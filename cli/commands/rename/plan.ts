import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { dockerSettings } from "#components/docker-settings";
import { furtherDatabases, type Settings } from "#config";
import type { Identity } from "#components/identity";
import { identityOf } from "#program/identity";
import { slug, sqlIdentifier } from "#lib/identifiers";
import { parseSettings, SettingsError } from "#lib/settings";
import { Failure } from "../../io/failure.js";
import type { Say } from "../../io/progress.js";
import type { RenameOptions } from "../../registrations/rename.js";
import { identityOfState } from "../../stack/recorded-identity.js";
import { editNames, type Edited } from "./settings.js";
import type { Recorded } from "../../engines/runner.js";
import { runnerFor, type Session } from "../../stack/session.js";
import { projectDirectory, targetOf } from "../../project/target.js";

/** A database of a stack that is to have another name. */
export interface DatabaseRename {
  readonly from: string;
  readonly to: string;
}

/** The names of a stack before and after a rename. */
export interface RenamePlan {
  readonly from: string;
  readonly to: string;
  /** `app.name` before and after. */
  readonly app: readonly [before: string, after: string];
  /** The names on the Docker host, which stay, and the database's. */
  readonly identity: Identity;
  /** Undefined where the database keeps its name. */
  readonly database: DatabaseRename | undefined;
  readonly edited: Edited;
}

/** Refuses names that can't be ones, before anything is looked at. @throws Failure naming the flags */
export function validate({ to, app, database }: RenameOptions): void {
  const names = z.strictObject({
    to: dockerSettings.shape.names.unwrap().shape.stack,
    app: slug.optional(),
    database: sqlIdentifier.optional(),
  });
  try {
    parseSettings(names, { to, app, database });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new Failure(error.problems.map((each) => `--${each}`).join("\n"));
  }
  if (to !== undefined && database !== undefined) {
    throw new Failure("--to and --database are two renames; do one after the other.");
  }
}

/** The options of a rename that a kill interrupted after the settings file had its new name lead to that file. */
export function resumed(options: RenameOptions, directory = projectDirectory()): RenameOptions {
  const { stack, to, configFile } = options;
  if (configFile !== undefined || to === undefined) return options;
  const [old, now] = [stack, to].map((each) => join(directory, `Pulumi.${each}.yaml`));
  if (old === undefined || now === undefined || existsSync(old)) return options;
  return existsSync(now) ? { ...options, configFile: now } : options;
}

/** Compares what is wanted with the settings and the state; changes nothing. @throws Failure where it can't be done */
export async function planOf(
  session: Session,
  options: RenameOptions,
  say: Say,
): Promise<RenamePlan> {
  const { settings, target } = session;
  const from = target.stack;
  const { to = from, app, database } = options;
  const present = identityOf(settings, from);
  const recorded = await recordedOf(session, to, say);
  const found = identityOfState(recorded, present) ?? present;
  if (database !== undefined && found.database === undefined) {
    throw new Failure("--database: the stack's database is external; rename it there.");
  }
  const identity = { ...found, database: database ?? found.database };
  requireFurtherNames(settings, app !== undefined || database !== undefined);
  const edited = editNames(target, {
    stack: to,
    app,
    identity,
    tidy: app !== undefined || database !== undefined,
  });
  return {
    from,
    to,
    identity,
    edited,
    app: [settings.app.name, app ?? settings.app.name],
    database:
      found.database === undefined || identity.database === undefined
        ? undefined
        : found.database === identity.database
          ? undefined
          : { from: found.database, to: identity.database },
  };
}

/** The names of further databases follow the first one's, unless the settings say them. @throws Failure naming the setting */
function requireFurtherNames(settings: Settings, changes: boolean): void {
  const unnamed = furtherDatabases(settings).filter(
    ({ key }) => settings.database.more[key]?.name === undefined,
  );
  if (!changes || unnamed.length === 0) return;
  const lines = unnamed.map(
    ({ key, name }) =>
      `database.more.${key}.name: is not set, and would follow the new name; set it to ${name}, which stays`,
  );
  throw new Failure(lines.join("\n"));
}

/** The stack's state, under its old name or, where a kill interrupted a rename, under the new one. */
async function recordedOf(session: Session, to: string, say: Say): Promise<Recorded> {
  const { target, runner, settings } = session;
  const old = await runner.recorded();
  const now = to === target.stack ? undefined : await recordedAs(session, to, say);
  const known = old.resources.length > 0 ? old : now;
  if (known === undefined || known.resources.length === 0) {
    throw new Failure(
      `The stack ${target.stack} has nothing yet: name its settings file as you like, then run keelson up.`,
    );
  }
  if (known.pending.length > 0) {
    throw new Failure(`The last run of ${target.stack} was interrupted; run keelson up first.`);
  }
  const present = identityOf(settings, target.stack);
  const [one, other] = [known, now].map((each) => each && identityOfState(each, present));
  if (known !== now && other !== undefined && JSON.stringify(one) !== JSON.stringify(other)) {
    throw new Failure(`There is a stack ${to} already; nothing was changed. Choose another name.`);
  }
  return known;
}

/** The state under the new name; there is one where an earlier rename was interrupted. @throws Failure */
async function recordedAs(session: Session, to: string, say: Say): Promise<Recorded> {
  const { target, choice } = session;
  const own = join(target.projectDirectory, `Pulumi.${target.stack}.yaml`);
  const renamed = targetOf({ stack: to, configFile: target.configFile }, target.projectDirectory);
  if (renamed.ownState !== target.ownState) {
    throw new Failure(
      `--to: the state of ${target.ownState ? target.stack : to} is the checkout's own, and that of ${target.ownState ? to : target.stack} is not; ` +
        "choose a name of the same kind (local, test-…, or neither).",
    );
  }
  const file = join(target.projectDirectory, `Pulumi.${to}.yaml`);
  if (target.configFile === resolve(own) && existsSync(file)) {
    throw new Failure(`${file} is there already; nothing was changed. Choose another name.`);
  }
  return runnerFor(choice, renamed, say).recorded();
}
