import type * as pulumi from "@pulumi/pulumi";
import { Backup } from "#components/backup";
import { Copies } from "#components/backup/copies";
import { Drill, type DrillArgs } from "#components/backup/drill";
import { heartbeats } from "#components/backup/heartbeats";
import { configurationFile, firstOffsite } from "#components/backup/pgbackrest";
import { Repository } from "#components/backup/repository";
import type { BackupSource } from "#components/backup/source";
import type { Database } from "#components/database";
import { roleInServer } from "#components/database/role-names";
import type { Postgres } from "#components/postgres";
import { optionalSecret } from "#components/secrets";
import { nameOfDatabase } from "#config";
import { suffixOf, volumeGroups } from "#config/backed-volumes";
import type { Part, Shared } from "./shared.js";

/** Returns the repository of backups, before the server that archives into it; undefined where there are no backups. */
export function repositoryOf(shared: Shared): Repository | undefined {
  const { name, settings, platform, image, opts, secrets } = shared;
  if (!settings.backup.enabled) return undefined;
  const args = {
    settings: settings.backup,
    image: image("backup"),
    user: roleInServer(nameOfDatabase(settings), "backup"),
    secrets: secrets.values,
  };
  return new Repository(`${name}-repository`, args, platform, opts);
}

/** Returns the options with which the server archives into a repository. */
export function archiveOf({ archive }: Repository) {
  return { ...archive, files: { ...archive.files, ...archive.serverFiles }, configurationFile };
}

/** Parts of a stack that are backed up, and the source of drills. */
interface Backed {
  readonly source: BackupSource;
  /** Name of the database, by which dumps are called. */
  readonly database: pulumi.Input<string>;
  readonly passphrase: pulumi.Output<string>;
  /** Volume of physical backups; undefined of an external database. */
  readonly repository: pulumi.Output<string> | undefined;
  /** Files of a drill, and of one that has nothing local. */
  readonly drillFiles: Repository["drillFiles"];
  readonly dependsOn: readonly pulumi.Resource[];
}

/** Backups of a server of ours. */
export function ownBacked(
  { settings }: Shared,
  repository: Repository,
  {
    postgres,
    database,
    further,
  }: {
    readonly postgres: Postgres;
    readonly database: Database;
    readonly further: readonly { readonly name: string; readonly database: Database }[];
  },
): Backed {
  const { files, repository: volume, socket, spool } = repository.archive;
  const volumes = { data: postgres.dataVolume, socket, repository: volume, spool };
  return {
    source: {
      role: roleInServer(nameOfDatabase(settings), "backup"),
      ...database.logins.backup,
      files,
      configurationFile,
      volumes,
      further: further.map(({ name }) => name),
    },
    database: database.database,
    passphrase: repository.passphrase,
    repository: volume,
    drillFiles: repository.drillFiles,
    dependsOn: [database, ...further.map((each) => each.database)],
  };
}

/** Dumps of an external database. @param service how they connect: lines of a libpq service file */
export function externalBacked(shared: Shared, service: pulumi.Output<string>): Backed {
  const { name, settings, platform, image, opts, secrets } = shared;
  const args = { settings: settings.backup, image: image("backup"), secrets: secrets.values };
  const copies = new Copies(`${name}-repository`, args, platform, opts);
  return {
    source: { service, copies: copies.files, exclude: settings.database.excludeFromDumps },
    database: nameOfDatabase(settings),
    passphrase: copies.passphrase,
    repository: undefined,
    drillFiles: { local: {}, offsite: copies.files ?? {} },
    dependsOn: [copies],
  };
}

/** Backups, and what proves them. */
export function backupsOf(shared: Shared, backed: Backed): Part & { readonly backup: Backup } {
  const backup = backupOf(shared, backed);
  const { drill, offsiteDrill } = drillsOf(shared, backed, backup);
  return {
    backup,
    resources: [backup, drill, offsiteDrill].filter((each) => each !== undefined),
    containers: {
      backup: backup.containerName,
      drill: drill?.containerName,
      offsiteDrill: offsiteDrill?.containerName,
    },
    outputs: {
      backups: backup.volumeName,
      repository: backed.repository,
      repositoryPassphrase: backed.passphrase,
    },
  };
}

function backupOf(shared: Shared, { source, database, dependsOn }: Backed): Backup {
  const { name, settings, platform, image, opts, secrets } = shared;
  const args = {
    settings: settings.backup,
    image: image("backup"),
    database,
    source,
    heartbeatUrls: Object.fromEntries(
      heartbeats.flatMap(({ file, of }) => {
        const url = optionalSecret(secrets, of(settings.backup));
        return url === undefined ? [] : [[file, url] as const];
      }),
    ),
    volumesOwners: volumeGroups(settings).map((each) => ({ ...each, suffix: suffixOf(each) })),
  };
  return new Backup(`${name}-backup`, args, platform, { ...opts, dependsOn: [...dependsOn] });
}

function drillsOf(shared: Shared, backed: Backed, backup: Backup) {
  const { name, settings, platform, image, opts } = shared;
  const { drill: drills, repositories } = settings.backup;
  const { database, repository, drillFiles } = backed;
  const common = {
    settings: settings.backup,
    image: image("backup"),
    database,
    configurationFile: repository === undefined ? undefined : configurationFile,
    proofs: backup.proofs,
  };
  const drillOf = (role: string, from: DrillArgs["from"], which: "local" | "offsite") => {
    const args = { ...common, from, files: drillFiles[which] };
    return new Drill(`${name}-${role}`, args, platform, opts);
  };
  const local = { repository, dumps: backup.volumeName };
  const offsite = repositories.map((_, index) => index + firstOffsite);
  return {
    drill: drills.enabled ? drillOf("drill", local, "local") : undefined,
    offsiteDrill:
      drills.enabled && offsite.length > 0
        ? drillOf("drill-offsite", { offsite }, "offsite")
        : undefined,
  };
}
