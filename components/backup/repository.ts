import * as pulumi from "@pulumi/pulumi";
import { uids } from "#lib/platform";
import type { Platform } from "#workload/platform";
import { OwnedVolume } from "#workload/volume";
import type { BackupSettings } from "./settings.js";
import { keptPassphrase } from "./passphrase.js";
import {
  archivingFiles,
  authorityFile,
  configurationFile,
  firstOffsite,
  oneLine,
  repositoryConfig,
  type Which,
} from "./pgbackrest.js";

export interface RepositoryArgs {
  readonly settings: BackupSettings;
  /** The backup image. */
  readonly image: pulumi.Input<string>;
  /** Role that backs up, in the server. */
  readonly user: string;
  /** Secrets of the stack by name. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Options with which the server archives its WAL. */
export interface Archive {
  /** Files for its secrets volume and for that of backups: pgBackRest's configuration, authorities. */
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
  /** Files for its secrets volume alone. */
  readonly serverFiles: Readonly<Record<string, pulumi.Input<string>>>;
  /** Volume of the local repository. */
  readonly repository: pulumi.Output<string>;
  /** Volume of what waits for off-site repositories; undefined where there are none. */
  readonly spool: pulumi.Output<string> | undefined;
  /** Volume of the server's socket and pgBackRest's locks. */
  readonly socket: pulumi.Output<string>;
}

/** The repository of physical backups and WAL: its volume, its passphrase and its configuration. */
export class Repository extends pulumi.ComponentResource {
  readonly archive: Archive;
  /** Files of a drill, which reads the local repository alone, and of one that reads all but that. */
  readonly drillFiles: Readonly<
    Record<"local" | "offsite", Readonly<Record<string, pulumi.Input<string>>>>
  >;
  /** The passphrase; secret. Whoever wants to restore elsewhere needs it. */
  readonly passphrase: pulumi.Output<string>;

  constructor(
    name: string,
    args: RepositoryArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Repository", name, {}, opts);
    const { settings } = args;
    const kept = { keep: settings.keepData, protect: settings.protect };
    const volume = (role: string, options: { keep: boolean; protect?: boolean }) =>
      new OwnedVolume(
        `${name}-${role}`,
        {
          workload: "backup",
          role: role === "volume" ? "repository" : `repository-${role}`,
          uid: uids.postgres,
          gid: uids.postgres,
          ...options,
        },
        platform,
        { parent: this },
      ).volumeName;
    const repository = volume("volume", kept);
    const keptKey = { ...args, volume: volume("key", kept) };
    this.passphrase = keptPassphrase(name, keptKey, platform, this);
    const offsite = offsiteOf(args);
    const configuration = (which: Which, queued = false) =>
      pulumi.secret(
        pulumi.all([this.passphrase, offsite]).apply(([passphrase, all]) =>
          repositoryConfig({
            passphrase,
            which,
            queued,
            user: args.user,
            prefix: `/${platform.name}`,
            offsite: all,
          }),
        ),
      );
    this.drillFiles = {
      local: { [configurationFile]: configuration("local") },
      offsite: { [configurationFile]: configuration("offsite"), ...authorities(args) },
    };
    this.archive = {
      files: { [configurationFile]: configuration("all"), ...authorities(args) },
      repository,
      serverFiles:
        settings.repositories.length === 0
          ? {}
          : {
              [archivingFiles.local]: configuration("local"),
              [archivingFiles.offsite]: configuration("offsite", true),
            },
      spool: settings.repositories.length === 0 ? undefined : volume("spool", { keep: false }),
      socket: volume("socket", { keep: false }),
    };
    this.registerOutputs({ repository });
  }
}

/** The off-site repositories with their keys. */
export function offsiteOf({ settings, secrets }: Pick<RepositoryArgs, "settings" | "secrets">) {
  const value = (path: string, name: string) =>
    pulumi.output(secrets[name] ?? "").apply((text) => oneLine(path, text));
  return pulumi.all(
    settings.repositories.map((each, index) => {
      const path = `backup.repositories[${String(index)}]`;
      return pulumi
        .all([
          value(`${path}.accessKeySecret`, each.accessKeySecret),
          value(`${path}.secretKeySecret`, each.secretKeySecret),
        ])
        .apply(([accessKey, secretKey]) => ({ ...each, accessKey, secretKey }));
    }),
  );
}

/** Files with the certificate authorities of off-site repositories, by their names. */
export function authorities({ settings, secrets }: Pick<RepositoryArgs, "settings" | "secrets">) {
  const files = settings.repositories.flatMap(({ caSecret }, index) => {
    const value = caSecret === undefined ? undefined : secrets[caSecret];
    return value === undefined ? [] : [[authorityFile(index + firstOffsite), value] as const];
  });
  return Object.fromEntries(files);
}
