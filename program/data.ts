import * as pulumi from "@pulumi/pulumi";
import { Backup } from "#components/backup";
import { Drill, type DrillArgs } from "#components/backup/drill";
import { heartbeats } from "#components/backup/heartbeats";
import { configurationFile, firstOffsite } from "#components/backup/pgbackrest";
import { Database } from "#components/database";
import { roleInServer } from "#components/database/roles";
import type { PlatformImage } from "#components/images/recipes";
import type { Network } from "#components/network";
import { Postgres } from "#components/postgres";
import { Repository } from "#components/backup/repository";
import { optionalSecret, type Secrets } from "#components/secrets";
import { nameOfDatabase, type Settings } from "#config";
import { databaseUrl, type DatabaseUrlScheme } from "#lib/database-url";
import { seconds } from "#lib/duration";
import { serviceFile } from "#lib/libpq";
import type { Platform } from "#workload/platform";

/** What the tiers of a stack share. */
export interface Shared {
  readonly platform: Platform;
  readonly network: Network;
  readonly image: (which: PlatformImage) => pulumi.Input<string>;
  readonly opts: pulumi.ComponentResourceOptions;
  readonly secrets: Secrets;
}

/** Postgres, its database and its backups; or somebody else's database. */
export function dataTier(name: string, settings: Settings, shared: Shared) {
  const external = settings.database.externalUrlSecret;
  if (external !== undefined) return externalDatabase(external, shared.secrets);
  const { platform, network, image, opts } = shared;
  const databaseName = nameOfDatabase(settings);
  const repository = settings.backup.enabled
    ? new Repository(
        `${name}-repository`,
        {
          settings: settings.backup,
          image: image("backup"),
          user: roleInServer(databaseName, "backup"),
          secrets: shared.secrets.values,
        },
        platform,
        opts,
      )
    : undefined;
  const postgres = new Postgres(
    `${name}-postgres`,
    {
      settings: settings.postgres,
      image: image("postgres"),
      networks: network,
      archive: repository && archiveOf(repository),
    },
    platform,
    opts,
  );
  const database = new Database(
    `${name}-database`,
    {
      database: databaseName,
      extensions: settings.database.extensions,
      lockTimeout: lockTimeoutOf(settings),
      serverContainer: postgres.containerName,
      provider: postgres.provider,
    },
    platform,
    opts,
  );
  const backups =
    repository && backupsOf(name, settings, shared, { repository, postgres, database });
  const url = (role: "app" | "migrator") =>
    urlOf(settings.app.databaseUrlScheme, postgres.host, databaseName, role, database);
  const resources = [repository, postgres, database, ...Object.values(backups ?? {})];
  return {
    external: false,
    parts: resources.filter((each) => each !== undefined) as pulumi.Resource[],
    name: databaseName,
    urls: { app: url("app"), migrator: url("migrator") },
    migration: {
      login: serviceOf(url("migrator")),
      server: { container: postgres.containerName, database: databaseName },
      backup: backups?.backup.containerName,
    },
    ready: [database] as pulumi.Resource[],
    containers: { postgres: postgres.containerName, ...containersOf(backups) },
    passphrase: repository?.passphrase,
    volumesStatus: backups?.backup.volumesStatus,
    backups: {
      backups: backups?.backup.volumeName,
      repository: repository?.archive.repository,
      repositoryPassphrase: repository?.passphrase,
    },
  };
}

function containersOf(backups: ReturnType<typeof backupsOf> | undefined) {
  if (backups === undefined) return {};
  const { backup, drill, offsiteDrill } = backups;
  return {
    backup: backup.containerName,
    ...(drill === undefined ? {} : { drill: drill.containerName }),
    ...(offsiteDrill === undefined ? {} : { offsiteDrill: offsiteDrill.containerName }),
  };
}

function archiveOf({ archive }: Repository) {
  return { ...archive, files: { ...archive.files, ...archive.serverFiles }, configurationFile };
}

function backupsOf(
  name: string,
  settings: Settings,
  { platform, image, opts, secrets }: Shared,
  data: {
    readonly repository: Repository;
    readonly postgres: Postgres;
    readonly database: Database;
  },
): { backup: Backup; drill: Drill | undefined; offsiteDrill: Drill | undefined } {
  const { repository, postgres, database } = data;
  const { files, repository: volume, socket, spool } = repository.archive;
  const backup = new Backup(
    `${name}-backup`,
    {
      settings: settings.backup,
      image: image("backup"),
      database: database.database,
      user: roleInServer(nameOfDatabase(settings), "backup"),
      password: database.passwords.backup,
      heartbeatUrls: Object.fromEntries(
        heartbeats.flatMap(({ file, of }) => {
          const url = optionalSecret(secrets, of(settings.backup));
          return url === undefined ? [] : [[file, url] as const];
        }),
      ),
      ...{ files, configurationFile },
      volumesUser: settings.app.volumes.some((each) => each.backup) ? settings.app.user : undefined,
      volumes: { data: postgres.dataVolume, socket, repository: volume, spool },
    },
    platform,
    { ...opts, dependsOn: [database] },
  );
  const common = {
    settings: settings.backup,
    image: image("backup"),
    database: database.database,
    ...{ configurationFile, proofs: backup.proofs },
  };
  const drillOf = (role: string, from: DrillArgs["from"], which: "local" | "offsite") => {
    const args = { ...common, from, files: repository.drillFiles[which] };
    return new Drill(`${name}-${role}`, args, platform, opts);
  };
  const { drill: drills, repositories } = settings.backup;
  const offsite = repositories.map((_, index) => index + firstOffsite);
  return {
    backup,
    drill: drills.enabled
      ? drillOf("drill", { repository: volume, dumps: backup.volumeName }, "local")
      : undefined,
    offsiteDrill:
      drills.enabled && offsite.length > 0
        ? drillOf("drill-offsite", { offsite }, "offsite")
        : undefined,
  };
}

function externalDatabase(secretName: string, secrets: Secrets) {
  const url = pulumi.output(secrets.values[secretName] ?? "");
  return {
    external: true,
    parts: [] as pulumi.Resource[],
    name: undefined,
    urls: { app: url, migrator: url },
    migration: { login: serviceOf(url) },
    ready: [] as pulumi.Resource[],
    containers: {},
    passphrase: undefined,
    volumesStatus: undefined,
    backups: {},
  };
}

/** How long the migrator waits for a lock, as PostgreSQL writes it; 0 is for ever. */
export function lockTimeoutOf({ app }: Pick<Settings, "app">): string {
  const timeout = app.migrate === undefined ? "5s" : app.migrate.lockTimeout;
  return timeout === null ? "0" : `${String(seconds(timeout))}s`;
}

/** The checks of the secrets have seen to it that an address is one. */
function serviceOf(url: pulumi.Output<string>): pulumi.Output<string> {
  return url.apply((text) => serviceFile(text) ?? "");
}

function urlOf(
  scheme: DatabaseUrlScheme,
  host: string,
  database: string,
  role: "app" | "migrator",
  from: Database,
): pulumi.Output<string> {
  const user = roleInServer(database, role);
  return from.passwords[role].apply((password) =>
    databaseUrl({ scheme, user, password, host, port: 5432, database }),
  );
}
