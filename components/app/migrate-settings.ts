import { z } from "zod";
import { duration, durationUpTo } from "#lib/duration";
import { argument, variableName } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { isSealed, type MaybeSecret } from "#lib/sealed";
import { problem } from "#lib/settings";
import type { Environment } from "#lib/environments";
import { mebibytes, sizeFrom } from "#lib/size";
import { variableScalar, variableText } from "#lib/variable-text";

/** The migration of an app's database. */
export const migrateSettings = z.strictObject({
  command: z
    .array(argument)
    .min(1)
    .describe("Command that migrates the database, one list item per argument."),
  timeout: duration.default("10m").describe("Time limit of the migration."),
  lockWait: duration
    .default("5m")
    .describe("How long to wait for another migration of the same database, or for a backup."),
  lockTimeout: durationUpTo("1h")
    .nullable()
    .default("5s")
    .describe(
      "How long a statement of the migration may wait for a lock; all other queries queue behind it. null: no limit.",
    ),
  lockRetries: z.int().min(0).max(100).default(5).describe("Retries after a lock timeout."),
  lockPause: durationUpTo("1h")
    .default("5s")
    .describe("Pause before the first retry; doubled for each further one, up to a minute."),
  memory: sizeFrom("32MiB")
    .optional()
    .describe(
      "Memory limit of the migration's container. Default: `app.memory`, but at least 512MiB.",
    ),
  env: z
    .record(
      variableName,
      variableText(
        inClear(
          variableScalar,
          "a migration's own variables stand in the state",
          "seal app.env.NAME, which it gets as well",
        ),
      ),
    )
    .prefault({})
    .describe(
      "Environment variables of the migration, added to the app's or replacing them, such as the size of the connection pool.",
    ),
  allowNotValid: z
    .boolean()
    .default(false)
    .describe("Allow the migration to leave constraints NOT VALID, for a later one to validate."),
  dumpBefore: z.boolean().default(false).describe("Dump the database before the migration."),
  backwardCompatible: z
    .boolean()
    .default(false)
    .describe(
      "The previous version works with the migrated schema: a rollback needs no older data.",
    ),
  resetOnFailure: z
    .boolean()
    .default(false)
    .describe(
      "Empty the database and migrate from scratch when the migration fails: ALL DATA IS LOST. Refused in prod.",
    ),
});
export type MigrateSettings = z.output<typeof migrateSettings>;

/** MiB that a migration may use: often more than what serves, since it reads whole tables. */
export function migrationMemoryMiB({ memory }: MigrateSettings, appMemory: string): number {
  return memory === undefined ? Math.max(mebibytes(appMemory), 512) : mebibytes(memory);
}

/** The variable that makes an app itself do what `resetOnFailure` does. */
const resetVariable = "AUTO_RESET_ON_MIGRATION_FAILURE";

interface MigratedApp {
  readonly migrate?: MigrateSettings | undefined;
  readonly env: Readonly<Record<string, MaybeSecret>>;
}

/** Returns the contradictions between the migration's settings and others, a line each. */
export function migrateProblems(settings: {
  readonly environment: Environment;
  readonly app: MigratedApp;
  readonly backup: { readonly enabled: boolean };
  readonly database: { readonly externalUrlSecret?: string | undefined };
}): string[] {
  const { environment, app, backup, database } = settings;
  const external = database.externalUrlSecret !== undefined;
  const checks: readonly [boolean | undefined, string, string, string][] = [
    [
      app.migrate?.dumpBefore === true && !backup.enabled,
      "app.migrate.dumpBefore",
      "is set, but backup.enabled is false",
      "remove it, or enable backups",
    ],
    [
      app.migrate?.resetOnFailure === true && external,
      "app.migrate.resetOnFailure",
      "is set, but the database is external",
      "remove it: what is not ours is not emptied",
    ],
    [
      app.migrate?.resetOnFailure === true && environment === "prod",
      "app.migrate.resetOnFailure",
      "would lose all data of prod",
      "remove it; it is for local and preview",
    ],
    ...resetVariables(settings.app).map((path): [boolean, string, string, string] => [
      environment === "prod",
      path,
      "would lose all data of prod",
      "remove it; it is for local and preview",
    ]),
  ];
  return checks.flatMap(([wrong, path, what, advice]) =>
    wrong === true ? [problem(path, what, advice)] : [],
  );
}

/** Paths of the variables that tell the app, or its migration, to empty the database by itself. */
function resetVariables({ env, migrate }: MigratedApp): string[] {
  const places: readonly [string, Readonly<Record<string, MaybeSecret>>][] = [
    ["app.env", env],
    ["app.migrate.env", migrate?.env ?? {}],
  ];
  return places.flatMap(([path, variables]) =>
    mayReset(variables[resetVariable]) ? [`${path}.${resetVariable}`] : [],
  );
}

/** True where the command may reset the database; a sealed text could say anything. */
function mayReset(value: MaybeSecret | undefined): boolean {
  return isSealed(value) || /^(1|true|yes|on|y|t)$/i.test(value?.trim() ?? "");
}
