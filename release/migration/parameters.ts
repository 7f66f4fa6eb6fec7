import { askedAs, type AskedAs } from "../probe.js";
import { z } from "zod";
import { numberOf, parameter } from "../parameters.js";
import type { StepContext } from "../step-context.js";

/** Parameters of a migration's step, as the program has set them. */
export interface MigrationParameters {
  /** Name of the migration's container. */
  readonly container: string;
  /** Image that is migrated in, and the command: one list item per argument. */
  readonly image: string;
  readonly command: readonly string[];
  /** `docker run` arguments of the migration and of the lock's holder: all that comes after their flags of here. */
  readonly run: readonly string[];
  readonly holder: readonly string[];
  /** Networks that the migration's container is connected to, besides the one that `run` names. */
  readonly networks: readonly string[];
  /** Memory limit of `run`, for a sentence. */
  readonly memory: string;
  /** Version that is migrated to. */
  readonly release: string;
  /** Container of the database's server; undefined where the database is external. */
  readonly server: string | undefined;
  readonly database: string;
  /** Container that takes a dump before; undefined where none is to be taken. */
  readonly backup: string | undefined;
  /** A failure of the migration's own empties the database, which is then migrated once more. */
  readonly resetOnFailure: boolean;
  /** The version before works with what the migration leaves. */
  readonly backwardCompatible: boolean;
  /** Constraints that it leaves not validated do not make it fail. */
  readonly allowsNotValid: boolean;
  /** Path by which what serves is judged from the migration on; undefined: by its readiness, as before. */
  readonly livePath: string | undefined;
  /** Public address of what serves. */
  readonly site: AskedAs | undefined;
  readonly timeoutSeconds: number;
  /** The longest wait for another migration, or another backup. */
  readonly lockWaitSeconds: number;
  readonly lockRetries: number;
  readonly lockPauseSeconds: number;
}

const list = z.array(z.string());
const migration = z.tuple([z.string()], z.string());

/** @throws Error where the program has not set one: that is a fault of ours */
export function migrationParameters(
  context: Pick<StepContext, "environment">,
): MigrationParameters {
  const text = (name: string) => parameter(context, `MIGRATION${name}`);
  const filled = (name: string) => text(name) || undefined;
  const [, ...command] = migration.parse(JSON.parse(text("")));
  return {
    container: text("_STEP"),
    image: text("_IMAGE"),
    command,
    run: list.parse(JSON.parse(text("_RUN"))),
    holder: list.parse(JSON.parse(text("_HOLDER"))),
    networks: list.parse(JSON.parse(text("_NETWORKS"))),
    memory: text("_MEMORY"),
    release: text("_RELEASE"),
    server: filled("_SERVER"),
    database: text("_DATABASE"),
    backup: filled("_BACKUP"),
    resetOnFailure: filled("_RESET") !== undefined,
    backwardCompatible: text("_COMPATIBLE") === "true",
    allowsNotValid: filled("_NOT_VALID") !== undefined,
    livePath: context.environment["MIGRATION_LIVE_PATH"] || undefined,
    site: context.environment["SITE_HOST"] === undefined ? undefined : askedAs(context),
    timeoutSeconds: numberOf(context, "MIGRATION_TIMEOUT"),
    lockWaitSeconds: numberOf(context, "MIGRATION_LOCK_WAIT"),
    lockRetries: numberOf(context, "MIGRATION_LOCK_RETRIES"),
    lockPauseSeconds: numberOf(context, "MIGRATION_LOCK_PAUSE"),
  };
}
