import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { seconds } from "#lib/duration";
import { jobsUser, secretsDirectory } from "#lib/platform";
import { containerArgs, type OneShot } from "#workload/one-shot";
import type { Platform } from "#workload/platform";
import { siteEnvironment, type Site } from "#workload/release";
import { proxyEnvironment, releaseStep } from "#workload/step";
import type { Workload } from "#workload/workload";
import { migrationMemoryMiB, type MigrateSettings } from "./migrate-settings.js";

/** The database that a migration is of. */
export interface MigrationTarget {
  /** The migrator's connection: a libpq service file. */
  readonly login: pulumi.Input<string>;
  /** The server's container and the database's name; undefined where the database is external. */
  readonly server?:
    { readonly container: pulumi.Input<string>; readonly database: string } | undefined;
  /** The container that makes backups. */
  readonly backup?: pulumi.Input<string> | undefined;
  /** Version that is migrated to. */
  readonly version: string;
}

type MigrationShot = Omit<OneShot, "command">;

/** Inputs of a migration's step. */
export interface MigrationStep {
  readonly target: MigrationTarget;
  /** The migration's container, whose secrets are in the environment by their names. */
  readonly shot: MigrationShot;
  /** Names of networks besides the container's own: Docker takes one when it creates a container. */
  readonly networks: readonly pulumi.Input<string>[];
  /**
   * Path by which what serves is judged from the migration on, until a release is live again: by whether it lives, not
   * by a readiness that may compare the schema. Undefined: as before.
   */
  readonly livePath?: string | undefined;
  /** The public address of what serves. */
  readonly site: Site;
}

/**
 * Migrates the database in the image that is to go live, one at a time; not again where this image's command was the
 * last one that passed. release/migrate.ts does it.
 */
export function migrationStep(
  name: string,
  settings: MigrateSettings,
  { target, shot, networks, livePath, site }: MigrationStep,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const { version, server, backup } = target;
  const external = server === undefined;
  const environment = {
    ...proxyEnvironment(platform),
    ...siteEnvironment(site),
    ...shot.secretEnv,
    MIGRATION: migrationOf(shot.image, settings.command),
    MIGRATION_STEP: name,
    MIGRATION_IMAGE: shot.image,
    MIGRATION_HOLDER: listOf(holderShot(shot, platform), platform),
    MIGRATION_RUN: listOf(runShot(settings, shot, external), platform),
    MIGRATION_NETWORKS: pulumi.all([...networks]).apply((known) => JSON.stringify(known)),
    MIGRATION_MEMORY: `${String(shot.memoryMiB ?? 0)}MiB`,
    MIGRATION_STACK: platform.name,
    MIGRATION_RELEASE: version,
    MIGRATION_SERVER: server?.container ?? "",
    MIGRATION_DATABASE: server?.database ?? "",
    MIGRATION_BACKUP: settings.dumpBefore ? (backup ?? "") : "",
    MIGRATION_LIVE_PATH: livePath ?? "",
    MIGRATION_RESET: settings.resetOnFailure && !external ? "1" : "",
    MIGRATION_NOT_VALID: settings.allowNotValid ? "allowed" : "",
    MIGRATION_COMPATIBLE: String(settings.backwardCompatible),
    MIGRATION_TIMEOUT: String(seconds(settings.timeout)),
    MIGRATION_LOCK_WAIT: String(seconds(settings.lockWait)),
    MIGRATION_LOCK_RETRIES: String(settings.lockRetries),
    MIGRATION_LOCK_PAUSE: String(seconds(settings.lockPause)),
  };
  // The login is not in the environment, all of which would then be masked in what a person reads.
  return releaseStep(name, "migrate", { stdin: target.login, environment }, platform, opts);
}

/** Options of the migration's container alone. */
export interface OwnOfMigration {
  /** The app's plain environment. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** The migration's secrets, as the app can take them. */
  readonly delivered: {
    readonly pointers: Readonly<Record<string, string>>;
    readonly secretEnv: Readonly<Record<string, pulumi.Input<string>>>;
    readonly volume?: pulumi.Input<string>;
  };
}

/**
 * The migration's container as the app's own: the same user, root, folders, volumes and networks. Its secrets and its
 * memory are its own.
 */
export function migrationShot(
  settings: MigrateSettings,
  app: Workload,
  { environment, delivered }: OwnOfMigration,
): Pick<MigrationStep, "shot" | "networks"> {
  const [network, ...networks] = app.networks.map(({ name }) => name);
  const secrets =
    delivered.volume === undefined
      ? []
      : [{ name: delivered.volume, path: secretsDirectory, readOnly: true }];
  const folders = app.hostFolders ?? [];
  const sources = folders.map(({ source, path }) => ({ name: source, path, readOnly: true }));
  const shot = {
    image: app.image,
    user: app.user,
    pids: app.pids,
    ...(app.readOnlyRoot === undefined ? {} : { readOnlyRoot: app.readOnlyRoot }),
    ...(app.tmpfs === undefined ? {} : { tmpfs: app.tmpfs }),
    ...(network === undefined ? {} : { network }),
    memoryMiB: migrationMemoryMiB(settings, app.memory),
    env: { ...environment, ...delivered.pointers, ...settings.env },
    secretEnv: delivered.secretEnv,
    volumes: [...(app.volumes ?? []), ...sources, ...secrets],
  };
  return { shot, networks };
}

/** Fingerprint of the migration: changes exactly when its image or its command changes. */
export function migrationOf(
  image: pulumi.Input<string>,
  args: readonly string[],
): pulumi.Output<string> {
  return pulumi.output(image).apply((reference) => JSON.stringify([reference, ...args]));
}

/** `docker run` arguments as JSON. */
function listOf(shot: OneShot, platform: Platform): pulumi.Output<string> {
  return pulumi.all(containerArgs(shot, platform)).apply((args) => JSON.stringify(args));
}

function holderShot({ network }: MigrationShot, platform: Platform): OneShot {
  return {
    image: platform.toolsImage,
    command: ["/usr/local/bin/migration-lock"],
    user: jobsUser,
    ...(network === undefined ? {} : { network }),
  };
}

/** Our own migrator has its time for locks from its role; elsewhere libpq, and what follows it, gets it as a variable. */
function runShot(
  { command: args, lockTimeout }: MigrateSettings,
  shot: MigrationShot,
  external: boolean,
): OneShot {
  const options =
    external && lockTimeout !== null
      ? { PGOPTIONS: `-c lock_timeout=${String(seconds(lockTimeout))}s` }
      : {};
  return { ...shot, command: args, env: { ...options, ...shot.env } };
}
