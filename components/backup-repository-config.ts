import type { OffsiteRepository } from "./backup-settings.js";

/** What pgBackRest's configuration follows from. */
export interface RepositoryConfig {
  readonly passphrase: string;
  /** Role that backs up, in the server. */
  readonly user: string;
  /** Folder in a bucket for those that name none. */
  readonly prefix: string;
  readonly offsite: readonly (OffsiteRepository & {
    readonly accessKey: string;
    readonly secretKey: string;
  })[];
}

/** Where the containers have what pgBackRest works on; the same in all of them. */
export const repositoryPaths = {
  data: "/var/lib/postgresql/data/pgdata",
  local: "/repository",
  /** The server's socket; beneath it the locks: two backups that don't see each other's destroy each other. */
  socket: "/var/run/postgresql",
  spool: "/var/spool/pgbackrest",
  secrets: "/run/secrets",
} as const;

/** Name of the file with the certificate authority of an off-site repository, by its number. */
export function authorityFile(number: number): string {
  return `repository-${String(number)}-ca.pem`;
}

/** pgBackRest's configuration file: the same text for the server, which archives, and for backups and drills. */
export function repositoryConfig(config: RepositoryConfig): string {
  const offsite = config.offsite.flatMap((each, index) => offsiteLines(each, index + 2, config));
  return section("global", [
    ...encrypted(1, repositoryPaths.local, config.passphrase),
    ...offsite,
    ["compress-type", "zst"],
    ["start-fast", "y"],
    ["process-max", "2"],
    // A backup counts once all its WAL is there.
    ["archive-timeout", "60"],
    ["expire-auto", "n"],
    ["lock-path", `${repositoryPaths.socket}/lock`],
    ["log-level-file", "off"],
    ["log-level-console", "warn"],
    // With several, one that does not answer must not keep WAL from the others.
    ...(config.offsite.length === 0
      ? []
      : ([
          ["archive-async", "y"],
          ["spool-path", repositoryPaths.spool],
        ] as const)),
  ]).concat(
    section("main", [
      ["pg1-path", repositoryPaths.data],
      ["pg1-socket-path", repositoryPaths.socket],
      ["pg1-user", config.user],
    ]),
  );
}

type Line = readonly [key: string, value: string];

function encrypted(number: number, path: string, passphrase: string): Line[] {
  const repo = `repo${String(number)}`;
  return [
    [`${repo}-path`, path],
    [`${repo}-cipher-type`, "aes-256-cbc"],
    [`${repo}-cipher-pass`, passphrase],
    [`${repo}-bundle`, "y"],
    [`${repo}-block`, "y"],
  ];
}

function offsiteLines(
  each: RepositoryConfig["offsite"][number],
  number: number,
  { passphrase, prefix }: RepositoryConfig,
): Line[] {
  const repo = `repo${String(number)}`;
  return [
    ...encrypted(number, each.prefix ?? prefix, passphrase),
    [`${repo}-type`, "s3"],
    [`${repo}-s3-endpoint`, each.endpoint],
    [`${repo}-s3-bucket`, each.bucket],
    [`${repo}-s3-region`, each.region],
    [`${repo}-s3-uri-style`, each.uriStyle],
    [`${repo}-s3-key`, each.accessKey],
    [`${repo}-s3-key-secret`, each.secretKey],
    ...(each.caSecret === undefined
      ? []
      : ([
          [`${repo}-storage-ca-file`, `${repositoryPaths.secrets}/${authorityFile(number)}`],
        ] as const)),
  ];
}

function section(name: string, lines: readonly Line[]): string {
  return [`[${name}]`, ...lines.map(([key, value]) => `${key}=${value}`), "", ""].join("\n");
}
