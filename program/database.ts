import * as pulumi from "@pulumi/pulumi";
import type { MigrationTarget } from "#components/app/migration";
import { Database } from "#components/database";
import { roleInServer } from "#components/database/roles";
import { Postgres } from "#components/postgres";
import { nameOfDatabase, type Settings } from "#config";
import { databaseUrl } from "#lib/database-url";
import { seconds } from "#lib/duration";
import { serviceFile } from "#lib/libpq";
import { archiveOf, backupsOf, repositoryOf, type VolumesNeeds } from "./backups.js";
import type { Part, Shared } from "./shared.js";

/** The app's database, ours or an external one, and what the other parts need of it. */
export interface DataPart extends Part {
  readonly external: boolean;
  readonly urls: Readonly<Record<"app" | "migrator", pulumi.Output<string>>>;
  readonly migration: Omit<MigrationTarget, "version">;
  /** What has to be there before the app. */
  readonly ready: readonly pulumi.Resource[];
  /** Undefined where no volume is backed up. */
  readonly volumes: Omit<VolumesNeeds, "app"> | undefined;
}

/** Postgres, its database and its backups; or the external database that the settings name. */
export function databaseOf(shared: Shared): DataPart {
  const { externalUrlSecret } = shared.settings.database;
  return externalUrlSecret === undefined
    ? ownDatabase(shared)
    : externalDatabase(externalUrlSecret, shared);
}

function ownDatabase(shared: Shared): DataPart {
  const { settings } = shared;
  const name = nameOfDatabase(settings);
  const repository = repositoryOf(shared);
  const postgres = postgresOf(shared, repository && archiveOf(repository));
  const database = databaseIn(shared, postgres);
  const backups = repository && backupsOf(shared, { repository, postgres, database });
  const url = (role: "app" | "migrator") => urlOf(settings, postgres.host, role, database);
  const own = [repository, postgres, database].filter((each) => each !== undefined);
  return {
    external: false,
    resources: [...own, ...(backups?.resources ?? [])],
    containers: { postgres: postgres.containerName, ...backups?.containers },
    outputs: { database: name, ...backups?.outputs, migratorUrl: url("migrator") },
    urls: { app: url("app"), migrator: url("migrator") },
    migration: {
      login: serviceOf(url("migrator")),
      server: { container: postgres.containerName, database: name },
      backup: backups?.backup.containerName,
    },
    ready: [database],
    volumes: volumesNeeds(repository, backups),
  };
}

/** Backups have a status of volumes where one of the app's is marked. */
function volumesNeeds(
  repository: ReturnType<typeof repositoryOf>,
  backups: ReturnType<typeof backupsOf> | undefined,
): DataPart["volumes"] {
  const status = backups?.backup.volumesStatus;
  if (repository === undefined || status === undefined) return undefined;
  return { passphrase: repository.passphrase, status };
}

function postgresOf(shared: Shared, archive: ReturnType<typeof archiveOf> | undefined): Postgres {
  const { name, settings, platform, network, image, opts } = shared;
  const args = {
    settings: settings.postgres,
    image: image("postgres"),
    networks: network,
    archive,
  };
  return new Postgres(`${name}-postgres`, args, platform, opts);
}

function databaseIn({ name, settings, platform, opts }: Shared, postgres: Postgres): Database {
  const args = {
    database: nameOfDatabase(settings),
    extensions: settings.database.extensions,
    lockTimeout: lockTimeoutOf(settings),
    serverContainer: postgres.containerName,
    provider: postgres.provider,
  };
  return new Database(`${name}-database`, args, platform, opts);
}

function externalDatabase(secretName: string, { secrets }: Shared): DataPart {
  const url = pulumi.output(secrets.values[secretName] ?? "");
  return {
    external: true,
    resources: [],
    outputs: { migratorUrl: url },
    urls: { app: url, migrator: url },
    migration: { login: serviceOf(url) },
    ready: [],
    volumes: undefined,
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
  settings: Settings,
  host: string,
  role: "app" | "migrator",
  from: Database,
): pulumi.Output<string> {
  const database = nameOfDatabase(settings);
  const user = roleInServer(database, role);
  const scheme = settings.app.databaseUrlScheme;
  return from.passwords[role].apply((password) =>
    databaseUrl({ scheme, user, password, host, port: 5432, database }),
  );
}
