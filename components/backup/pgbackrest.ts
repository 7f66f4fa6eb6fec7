import type { OffsiteRepository } from "./settings.js";

/** Which repositories a configuration is for: a drill is given either the local one or the others. */
export type Which = "all" | "local" | "offsite";

/** Inputs of pgBackRest's configuration. */
export interface RepositoryConfig {
  /** Default: all. */
  readonly which?: Which;
  /** For the server, which archives: what can't be delivered waits, and does not keep it. */
  readonly queued?: boolean;
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

/** Mount points of what pgBackRest works on; the same in all containers. */
export const repositoryPaths = {
  data: "/var/lib/postgresql/data/pgdata",
  local: "/repository",
  /** The server's socket; beneath it the locks: two backups that don't see each other's destroy each other. */
  socket: "/var/run/postgresql",
  spool: "/var/spool/pgbackrest",
  secrets: "/run/secrets",
} as const;

/** Name of pgBackRest's configuration among the secrets. */
export const configurationFile = "pgbackrest.conf";

/** Names of those that the server archives by where there are off-site repositories. */
export const archivingFiles = {
  local: "pgbackrest-local.conf",
  offsite: "pgbackrest-offsite.conf",
} as const;

/** The local repository is number 1. */
export const firstOffsite = 2;

/** Name of the file with the certificate authority of an off-site repository, by its number. */
export function authorityFile(number: number): string {
  return `repository-${String(number)}-ca.pem`;
}

/** pgBackRest's configuration file: the same text for the server, which archives, and for backups and drills. */
export function repositoryConfig(config: RepositoryConfig): string {
  const { which = "all", passphrase } = config;
  const offsite = which === "local" ? [] : config.offsite;
  return section("global", [
    ...(which === "offsite" ? [] : encrypted(1, repositoryPaths.local, passphrase)),
    ...offsite.flatMap((each, index) => offsiteLines(each, index + firstOffsite, config)),
    ["compress-type", "zst"],
    ["start-fast", "y"],
    ["process-max", "2"],
    // A backup counts once all its WAL is there.
    ["archive-timeout", "60"],
    ["expire-auto", "n"],
    ["lock-path", `${repositoryPaths.socket}/lock`],
    ["log-level-file", "off"],
    ["log-level-console", "warn"],
    ...(offsite.length === 0 ? [] : offsiteTimes),
    // There is no limit to what waits (archive-push-queue-max): over it, WAL would be dropped, and with it the
    // recovery to any moment.
    ...(config.queued === true
      ? ([
          ["archive-async", "y"],
          ["spool-path", repositoryPaths.spool],
        ] as const)
      : []),
  ]).concat(
    offsite.length === 0 ? "" : section("global:info", [["io-timeout", "3"]]),
    config.queued === true ? section("global:archive-push", queueTimes) : "",
    section("main", [
      ["pg1-path", repositoryPaths.data],
      ["pg1-socket-path", repositoryPaths.socket],
      ["pg1-user", config.user],
    ]),
  );
}

/** A line of a configuration file: what holds another line would be a second setting. @throws Error naming `path` */
export function oneLine(path: string, value: string): string {
  const line = value.trim();
  if (!/[\r\n]/.test(line)) return line;
  throw new Error(`${path}: the secret has more than one line; give it as one`);
}

type Line = readonly [key: string, value: string];

// pgBackRest waits for whoever does not answer nine times as long, and for two files: with its own 60 s a backup
// would hang for 18 minutes before it fails.
const offsiteTimes: readonly Line[] = [["io-timeout", "20"]];

// How long the server waits for one segment, which is on its way all the same, before it hears of new ones.
const queueTimes: readonly Line[] = [
  ["archive-timeout", "20"],
  ["io-timeout", "10"],
];

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
