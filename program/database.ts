import * as pulumi from "@pulumi/pulumi";
import type { MigrationTarget } from "#components/app/migration";
import type { DatabasePlace } from "#components/app/environment";
import { Database, type DatabaseLogin } from "#components/database";
import { Postgres } from "#components/postgres";
import { nameOfDatabase, rolesOf, type Settings } from "#config";
import { serviceFile } from "#lib/libpq";
import { archiveOf, backupsOf, externalBacked, ownBacked, repositoryOf } from "./backups.js";
import { styleOf, urlOf } from "./database-access.js";
import { endedLoginsOf } from "./ended-logins.js";
import { furtherIn, furtherUrls, type FurtherUrls } from "./further-databases.js";
import type { Part, Shared } from "./shared.js";
import type { VolumesNeeds } from "./volumes.js";

/** The app's database, ours or an external one, and what the other parts need of it. */
export interface DataPart extends Part {
  readonly external: boolean;
  /** Its place; undefined of an external one. */
  readonly place: DatabasePlace | undefined;
  /** Certificate of the authority by which the server is known; undefined where the settings have none. */
  readonly authority?: pulumi.Output<string> | undefined;
  readonly logins: Readonly<Record<"app" | "migrator", Login>>;
  /** URLs of further databases, by variable. */
  readonly furtherUrls: Readonly<Record<"app" | "migrator", FurtherUrls>>;
  readonly migration: Omit<MigrationTarget, "version">;
  /** Resources that have to be there before the app. */
  readonly ready: readonly pulumi.Resource[];
  /** Of the role that reads the server's figures; undefined of an external database. */
  readonly monitorLogin?: DatabaseLogin;
  /** Ends the logins that have been rotated away. @param after all that is to have new ones first */
  readonly endLogins?: (after: readonly pulumi.Resource[]) => Part;
  /** Volume of the backups' metrics; undefined where there are no backups. */
  readonly backupMetrics?: pulumi.Output<string> | undefined;
  /** Undefined where no volume is backed up. */
  readonly volumes: Pick<VolumesNeeds, "passphrase" | "status"> | undefined;
}

/** Login of the app, or of its migration, to the database; user and password apart are known of ours alone. */
export interface Login {
  readonly url: pulumi.Output<string>;
  readonly user?: pulumi.Output<string>;
  readonly password?: pulumi.Output<string>;
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
  const further = furtherIn(shared, postgres, database);
  const backups =
    repository && backupsOf(shared, ownBacked(shared, repository, { postgres, database, further }));
  const { migratorUrl, ...access } = accessOf(settings, postgres, database);
  const databases = [database, ...further.map((each) => each.database)];
  const own = [repository, postgres, ...databases].filter((each) => each !== undefined);
  return {
    external: false,
    resources: [...own, ...(backups?.resources ?? [])],
    containers: { postgres: postgres.containerName, ...backups?.containers },
    outputs: {
      database: name,
      ...backups?.outputs,
      migratorUrl,
      ...(postgres.authority === undefined ? {} : { databaseAuthority: postgres.authority }),
    },
    ...access,
    migration: {
      login: serviceOf(migratorUrl),
      server: { container: postgres.containerName, database: name },
      backup: backups?.backup.containerName,
    },
    ready: databases,
    furtherUrls: {
      app: furtherUrls(settings, postgres, further, "app"),
      migrator: furtherUrls(settings, postgres, further, "migrator"),
    },
    authority: postgres.authority,
    monitorLogin: database.logins.monitor,
    endLogins: (after) => endedLoginsOf(shared, postgres, after),
    backupMetrics: backups?.backup.metrics,
    volumes: volumesNeeds(repository?.passphrase, backups),
  };
}

/** Backups have a status of volumes where one is backed up. */
function volumesNeeds(
  passphrase: pulumi.Output<string> | undefined,
  backups: ReturnType<typeof backupsOf> | undefined,
): DataPart["volumes"] {
  const status = backups?.backup.volumesStatus ?? {};
  if (passphrase === undefined || Object.keys(status).length === 0) return undefined;
  return { passphrase, status };
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
    roles: rolesOf(settings, settings.database.ownsSchema),
    logins: settings.database.logins,
    serverContainer: postgres.containerName,
    provider: postgres.provider,
  };
  return new Database(`${name}-database`, args, platform, opts);
}

function externalDatabase(secretName: string, shared: Shared): DataPart {
  const { secrets, settings } = shared;
  const secret = (name: string) => pulumi.output(secrets.values[name] ?? "");
  const url = secret(secretName);
  const { caSecret, backupUrlSecret } = settings.database;
  const authority = caSecret === undefined ? undefined : secret(caSecret);
  const backed = settings.backup.enabled
    ? externalBacked(shared, serviceOf(secret(backupUrlSecret ?? secretName), authority))
    : undefined;
  const backups = backed && backupsOf(shared, backed);
  return {
    external: true,
    authority,
    resources: backups?.resources ?? [],
    containers: backups?.containers ?? {},
    outputs: {
      ...backups?.outputs,
      migratorUrl: url,
      ...(authority === undefined ? {} : { databaseAuthority: authority }),
    },
    place: undefined,
    logins: { app: { url }, migrator: { url } },
    furtherUrls: { app: {}, migrator: {} },
    migration: { login: serviceOf(url, authority), backup: backups?.backup.containerName },
    ready: [],
    backupMetrics: backups?.backup.metrics,
    volumes: volumesNeeds(backed?.passphrase, backups),
  };
}

/** The checks of the secrets have seen to it that an address is one. */
function serviceOf(
  url: pulumi.Output<string>,
  authority?: pulumi.Output<string>,
): pulumi.Output<string> {
  return pulumi.all([url, authority]).apply(([text, ca]) => serviceFile(text, ca) ?? "");
}

/** Returns the addresses by which the app and its migration reach a database of ours; Keelson itself uses a plain URL. */
function accessOf(settings: Settings, { host }: Postgres, database: Database) {
  const place: DatabasePlace = { host, port: 5432, name: nameOfDatabase(settings) };
  const login = (role: "app" | "migrator"): Login => ({
    user: pulumi.output(database.logins[role].user),
    password: database.logins[role].password,
    url: urlOf(place, role, database, styleOf(settings)),
  });
  return {
    place,
    logins: { app: login("app"), migrator: login("migrator") },
    migratorUrl: urlOf(place, "migrator", database),
  };
}
