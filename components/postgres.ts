import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { secretsDirectory, postgresUser, uids } from "#lib/platform";
import { mebibytes } from "#lib/size";
import type { Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { SecretFiles } from "#workload/secret-files";
import { commandsEnvironment, releaseStep } from "#workload/step";
import { OwnedVolume } from "#workload/volume";
import type { PostgresSettings } from "./postgres/settings.js";
import { sharedMemoryMiB, serverSettings } from "./postgres/tuning.js";

export interface PostgresArgs {
  readonly settings: PostgresSettings;
  readonly image: pulumi.Input<string>;
  /** Names of the networks: `data` carries the app's traffic, `admin` the loopback port. */
  readonly networks: { readonly data: pulumi.Input<string>; readonly admin: pulumi.Input<string> };
  /** Destination of its WAL; without one it goes nowhere. */
  readonly archive?: PostgresArchive | undefined;
}

/** Options with which the server archives its WAL. */
export interface PostgresArchive {
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
  /** Name of pgBackRest's configuration among the files. */
  readonly configurationFile: string;
  readonly repository: pulumi.Input<string>;
  readonly spool: pulumi.Input<string> | undefined;
  readonly socket: pulumi.Input<string>;
}

const superuser = "postgres";
const dataPath = "/var/lib/postgresql/data";
const socketPath = "/var/run/postgresql";
const passwordFile = `${secretsDirectory}/POSTGRES_PASSWORD`;

/** The server: one container on a volume that outlives it. */
export class Postgres extends pulumi.ComponentResource {
  /** Host name of the server on the data network. */
  readonly host: string = "postgres";
  /** The container's name, known once it is healthy. */
  readonly containerName: pulumi.Output<string>;
  /** Volume of its data. */
  readonly dataVolume: pulumi.Output<string>;
  /** Provider of the server's roles and databases, connected as superuser through the loopback port. */
  readonly provider: postgresql.Provider;
  /** Password of the superuser; secret. */
  readonly password: pulumi.Output<string>;
  /** Certificate of the authority that its own is from; undefined without TLS. */
  readonly authority: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    args: PostgresArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Postgres", name, {}, opts);
    const { settings, archive } = args;
    const owner = { uid: uids.postgres, gid: uids.postgres };
    this.password = new random.RandomPassword(
      `${name}-password`,
      { length: 32, special: false },
      { parent: this },
    ).result;
    const secrets = new SecretFiles(
      `${name}-secrets`,
      {
        workload: "postgres",
        values: { POSTGRES_PASSWORD: this.password, ...archive?.files },
        ...owner,
      },
      platform,
      { parent: this },
    );
    this.dataVolume = this.data(name, settings, platform);
    const workload = serverWorkload(settings);
    const server = new Running(
      name,
      {
        ...workload,
        ...(archive === undefined ? { tmpfs: socketTmpfs } : {}),
        env: { ...workload.env, ...archiveEnvironment(archive) },
        image: args.image,
        secrets: secrets.volumeName,
        volumes: [{ name: this.dataVolume, path: dataPath }, ...archiveVolumes(archive)],
        networks: [
          { name: args.networks.data, aliases: ["postgres"] },
          { name: args.networks.admin },
        ],
      },
      platform,
      { parent: this },
    );
    this.containerName = server.containerName;
    this.authority = settings.tls
      ? authorityOf(`${name}-authority`, server.containerName, platform, { parent: this })
      : undefined;
    this.provider = new postgresql.Provider(
      name,
      {
        host: "127.0.0.1",
        port: settings.adminPort,
        username: superuser,
        password: this.password,
        // On loopback; the provider must not need pg_shadow, which a managed server would not give it.
        sslmode: "disable",
        superuser: false,
        connectTimeout: 15,
      },
      // The provider connects only where it must: without this it would, before the server runs.
      { parent: this, dependsOn: [server] },
    );
    this.registerOutputs({ containerName: this.containerName });
  }

  private data(name: string, { keepData, protect }: PostgresSettings, platform: Platform) {
    const volume = {
      workload: "postgres",
      role: "postgres-data",
      uid: uids.postgres,
      gid: uids.postgres,
      keep: keepData,
      protect,
    };
    return new OwnedVolume(`${name}-data`, volume, platform, { parent: this }).volumeName;
  }
}

const socketTmpfs = {
  [socketPath]: `rw,noexec,nosuid,nodev,size=16m,uid=${String(uids.postgres)},gid=${String(uids.postgres)}`,
};

/** The backup container connects through the socket, so it is on a volume then. */
function archiveVolumes(archive: PostgresArchive | undefined) {
  if (archive === undefined) return [];
  const { repository, socket, spool } = archive;
  return [
    { name: socket, path: socketPath },
    { name: repository, path: "/repository" },
    ...(spool === undefined ? [] : [{ name: spool, path: "/var/spool/pgbackrest" }]),
  ];
}

function archiveEnvironment(archive: PostgresArchive | undefined): Record<string, string> {
  if (archive === undefined) return {};
  return {
    PGBACKREST_CONFIG: `${secretsDirectory}/${archive.configurationFile}`,
    PGBACKREST_STANZA: "main",
  };
}

/** The authority is made by the server, and its key never leaves the volume: the certificate is read from there. */
function authorityOf(
  name: string,
  container: pulumi.Output<string>,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const args = ["server-certificate", "--authority"];
  const environment = { ...commandsEnvironment(container, [{ args }]), PRINTS: "yes" };
  const step = releaseStep(name, "in-container", { environment, records: true }, platform, opts);
  return step.stdout;
}

/** Options of a server that has a certificate; images/postgres/server-certificate makes it. */
const tlsParameters = {
  ssl: "on",
  ssl_cert_file: `${dataPath}/.keelson.tls/server.crt`,
  ssl_key_file: `${dataPath}/.keelson.tls/server.key`,
};

/** A consumer that went away must not fill the disk: rather than stop the server, its slot is lost. */
const replication = { wal_level: "logical", max_slot_wal_keep_size: "4GB" };

/** The part of the server's workload that follows from its settings alone. */
export function serverWorkload(settings: PostgresSettings) {
  const memoryMiB = mebibytes(settings.memory);
  const parameters = {
    ...serverSettings(memoryMiB, settings.maxConnections, settings.version),
    ...(settings.logicalReplication ? replication : {}),
    ...(settings.tls ? tlsParameters : {}),
    ...settings.parameters,
  };
  return {
    role: "postgres",
    command: [
      "postgres",
      ...Object.entries(parameters).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
    ],
    env: {
      POSTGRES_USER: superuser,
      POSTGRES_DB: superuser,
      POSTGRES_PASSWORD_FILE: passwordFile,
      PGDATA: `${dataPath}/pgdata`,
      ...(settings.tls ? { POSTGRES_TLS_NAMES: "postgres localhost" } : {}),
    },
    user: postgresUser,
    ports: [{ internal: 5432, external: settings.adminPort, ip: "127.0.0.1" }],
    memory: settings.memory,
    cpus: settings.cpus,
    pids: 200 + settings.maxConnections,
    sharedMemoryMiB: sharedMemoryMiB(memoryMiB),
    health: {
      test: ["CMD", "pg_isready", "--quiet", "--host=127.0.0.1", `--username=${superuser}`],
      interval: "15s",
      timeout: "5s",
      retries: 3,
      startPeriod: settings.startTimeout,
      startTimeout: settings.startTimeout,
    },
    // Fast shutdown: SIGTERM would wait for every client to leave.
    stopSignal: "SIGINT",
    stopTimeout: settings.stopTimeout,
  };
}
