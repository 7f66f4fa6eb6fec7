import type * as pulumi from "@pulumi/pulumi";
import { secretsDirectory } from "#lib/platform";
import { backupPaths as paths, repositoryEnvironment } from "./paths.js";
import { resticFile } from "./restic.js";

type Files = Readonly<Record<string, pulumi.Input<string>>>;

/** The stack's own server, whose files are at hand: dumps, physical backups and its WAL. */
export interface OwnSource {
  /** Role that backs up, which pgBackRest's configuration names. */
  readonly role: string;
  /** Its login. */
  readonly user: string;
  readonly password: pulumi.Input<string>;
  /** Files for the secrets: pgBackRest's configuration first. */
  readonly files: Files;
  readonly configurationFile: string;
  /** Names of the volumes that it shares with the server. */
  readonly volumes: {
    readonly data: pulumi.Input<string>;
    readonly socket: pulumi.Input<string>;
    readonly repository: pulumi.Input<string>;
    /** Volume with the WAL that waits for off-site repositories; undefined where there are none. */
    readonly spool: pulumi.Input<string> | undefined;
  };
  /** Names of further databases in the server that are dumped. */
  readonly further: readonly string[];
}

/** A server elsewhere: dumps alone. */
export interface ExternalSource {
  /** Lines of a libpq service file. */
  readonly service: pulumi.Input<string>;
  /** Schemas, and tables as `schema.table`, that are left out. */
  readonly exclude: readonly string[];
  /** Files for the secrets by which dumps are copied off-site; undefined where they are not. */
  readonly copies: Files | undefined;
}

/** The source of backups. */
export type BackupSource = OwnSource | ExternalSource;

/** True for a server elsewhere. */
export function isExternal(source: BackupSource): source is ExternalSource {
  return "service" in source;
}

/** Name among the secrets of the way to an external database. */
const serviceFile = "DATABASE_SERVICE";

/** Files for the backup container's secrets. */
export function sourceFiles(source: BackupSource): Files {
  return isExternal(source)
    ? { [serviceFile]: source.service, ...source.copies }
    : { PGPASSWORD: source.password, ...source.files };
}

/** Variables that say how to get at the database. @param database its name, or what dumps of it are called by */
export function sourceEnvironment(database: pulumi.Input<string>, source: BackupSource) {
  if (!isExternal(source)) {
    return {
      ...repositoryEnvironment({ database, configurationFile: source.configurationFile }),
      PGHOST: paths.socket,
      PGUSER: source.user,
      // The configuration is the server's as well, which is not to be replaced for another login.
      ...(source.user === source.role ? {} : { PGBACKREST_PG1_USER: source.user }),
      PGPASSWORD_FILE: `${secretsDirectory}/PGPASSWORD`,
      ...(source.further.length === 0 ? {} : { DUMP_FURTHER: source.further.join(" ") }),
    };
  }
  return {
    PGDATABASE: database,
    DATABASE_SERVICE_FILE: `${secretsDirectory}/${serviceFile}`,
    ...(source.exclude.length === 0 ? {} : { DUMP_EXCLUDE: source.exclude.join(" ") }),
    ...copiesEnvironment(source.copies),
  };
}

/** Variables by which the copies of dumps are found. */
export function copiesEnvironment(copies: Files | undefined): Record<string, string> {
  return copies === undefined ? {} : { RESTIC_FILE: `${secretsDirectory}/${resticFile}` };
}

/** Mounts that it shares with the server. */
export function sourceVolumes(source: BackupSource) {
  if (isExternal(source)) return [];
  const { volumes } = source;
  return [
    { name: volumes.data, path: paths.data, readOnly: true },
    { name: volumes.socket, path: paths.socket },
    { name: volumes.repository, path: paths.repository },
    // Only to tell why something waits there.
    ...(volumes.spool === undefined
      ? []
      : [{ name: volumes.spool, path: paths.spool, readOnly: true }]),
  ];
}

/**
 * Returns the acts before an `up` is done: repositories are ready, and WAL arrives in them; an external database can be
 * dumped. The first backup begins then, and takes as long as it takes.
 */
export function preparation(source: BackupSource) {
  const bin = "/usr/local/bin";
  if (!isExternal(source)) {
    return [
      { args: [`${bin}/prepare-repository`] },
      { args: [`${bin}/physical-backup`, "full", "--if-none"], detached: true },
    ];
  }
  return [
    { args: [`${bin}/dump`, "--possible"] },
    ...(source.copies === undefined ? [] : [{ args: [`${bin}/dump-copies`, "prepare"] }]),
    { args: [`${bin}/dump`, "--if-none"], detached: true },
  ];
}
