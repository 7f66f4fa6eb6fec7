import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { seconds } from "../lib/duration.js";
import { jobsUser } from "../lib/platform.js";
import { shellCommand } from "../lib/shell.js";
import { gateEnvironment } from "../workload/gate.js";
import { containerWords, dockerCommand, type OneShot } from "../workload/one-shot.js";
import type { Platform } from "../workload/platform.js";
import type { MigrateSettings } from "./app-migrate-settings.js";
import { migrationScript } from "./app-migration-script.js";

/** The database that a migration is of. */
export interface MigrationTarget {
  /** How to connect as the migrator: a libpq service file. */
  readonly login: pulumi.Input<string>;
  /** The server's container and the database's name; undefined where the database is somebody else's. */
  readonly server?:
    { readonly container: pulumi.Input<string>; readonly database: string } | undefined;
  /** The container that makes backups. */
  readonly backup?: pulumi.Input<string> | undefined;
  /** Version that is migrated to. */
  readonly version: string;
}

/**
 * Migrates the database in the image that is to go live, one at a time; not again where this image's command was the
 * last one that passed.
 * @param shot the migration's container, whose secrets are in the environment by their names
 */
export function migrationStep(
  name: string,
  settings: MigrateSettings,
  { target, shot }: { readonly target: MigrationTarget; readonly shot: Omit<OneShot, "command"> },
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const { version, server, backup } = target;
  const external = server === undefined;
  const create = pulumi
    .all([
      containerWords(holderShot(shot, platform), platform),
      containerWords(runShot(settings, shot, external), platform),
    ])
    .apply(([holder, run]) =>
      migrationScript(
        `docker run --interactive --rm ${holderFlags} ${shellCommand(holder)}`,
        `timeout -k 10 "$MIGRATION_TIMEOUT" docker run ${runFlags} ${shellCommand(run)}`,
      ),
    );
  const environment = {
    ...gateEnvironment(platform),
    ...shot.secretEnv,
    MIGRATION: migrationOf(shot.image, settings.command),
    MIGRATION_STEP: name,
    MIGRATION_IMAGE: shot.image,
    MIGRATION_STACK: platform.name,
    MIGRATION_RELEASE: version,
    MIGRATION_SERVER: server?.container ?? "",
    MIGRATION_DATABASE: server?.database ?? "",
    MIGRATION_BACKUP: settings.dumpBefore ? (backup ?? "") : "",
    MIGRATION_RESET: settings.resetOnFailure && !external ? "1" : "",
    MIGRATION_COMPATIBLE: String(settings.backwardCompatible),
    MIGRATION_TIMEOUT: String(seconds(settings.timeout)),
    MIGRATION_LOCK_WAIT: String(seconds(settings.lockWait)),
    MIGRATION_LOCK_RETRIES: String(settings.lockRetries),
    MIGRATION_LOCK_PAUSE: String(seconds(settings.lockPause)),
  };
  // Not in the environment, all of which would then be masked in what a person reads.
  return dockerCommand(name, { create, stdin: target.login, environment }, platform, opts);
}

/** A text that is another one exactly when a migration would do something else: its image and its words. */
export function migrationOf(
  image: pulumi.Input<string>,
  words: readonly string[],
): pulumi.Output<string> {
  return pulumi.output(image).apply((reference) => JSON.stringify([reference, ...words]));
}

const told = ["PGAPPNAME", "MIGRATION_STACK", "MIGRATION_IDENTITY", "MIGRATION_RELEASE"].concat([
  "MIGRATION_COMPATIBLE",
  "MIGRATION_LOCK_WAIT",
]);
const holderFlags = [
  ...['--cidfile "$folder/holder" --label "dev.keelson.step=$MIGRATION_STEP" --no-healthcheck'],
  ...told.map((name) => `--env ${name}`),
].join(" ");
const runFlags = '--name "$MIGRATION_STEP" --cidfile "$folder/running"';

function holderShot({ network }: Omit<OneShot, "command">, platform: Platform): OneShot {
  return {
    image: platform.toolsImage,
    command: ["/usr/local/bin/migration-lock"],
    user: jobsUser,
    ...(network === undefined ? {} : { network }),
  };
}

/** Our own migrator has its time for locks from its role; elsewhere libpq, and what follows it, is told of it. */
function runShot(
  { command: words, lockTimeout }: MigrateSettings,
  shot: Omit<OneShot, "command">,
  external: boolean,
): OneShot {
  const options =
    external && lockTimeout !== null
      ? { PGOPTIONS: `-c lock_timeout=${String(seconds(lockTimeout))}s` }
      : {};
  return { ...shot, command: words, env: { ...options, ...shot.env } };
}
