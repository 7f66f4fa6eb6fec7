import * as pulumi from "@pulumi/pulumi";
import { uids } from "../lib/platform.js";
import { oneShot } from "../workload/one-shot.js";
import type { Platform } from "../workload/platform.js";
import { randomBytes } from "../workload/random-bytes.js";
import { OwnedVolume } from "../workload/volume.js";
import type { BackupSettings } from "./backup-settings.js";
import { authorityFile, repositoryConfig } from "./backup-repository-config.js";

export interface RepositoryArgs {
  readonly settings: BackupSettings;
  /** The backup image. */
  readonly image: pulumi.Input<string>;
  /** Role that backs up, in the server. */
  readonly user: string;
  /** Secrets of the stack by name. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
}

/** What the server needs to archive its WAL. */
export interface Archive {
  /** Files for its secrets volume: pgBackRest's configuration, authorities. */
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
  /** Volume of the local repository. */
  readonly repository: pulumi.Output<string>;
  /** Volume of what waits for off-site repositories; undefined where there are none. */
  readonly spool: pulumi.Output<string> | undefined;
  /** Volume of the server's socket and pgBackRest's locks. */
  readonly socket: pulumi.Output<string>;
}

/** Name of pgBackRest's configuration among the secrets. */
export const configurationFile = "pgbackrest.conf";

/** The repository of physical backups and WAL: its volume, its passphrase and its configuration. */
export class Repository extends pulumi.ComponentResource {
  readonly archive: Archive;
  /** Configuration with the local repository alone: a drill reads no other. */
  readonly localConfiguration: pulumi.Output<string>;
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
          ...{ workload: "backup", role: role === "volume" ? "repository" : `repository-${role}` },
          ...{ uid: uids.postgres, gid: uids.postgres, ...options },
        },
        platform,
        { parent: this },
      ).volumeName;
    const repository = volume("volume", kept);
    this.passphrase = this.keptPassphrase(name, args, volume("key", kept), platform);
    const offsite = offsiteOf(args);
    const configuration = (withOffsite: boolean) =>
      pulumi.secret(
        pulumi.all([this.passphrase, offsite]).apply(([passphrase, all]) =>
          repositoryConfig({
            passphrase,
            user: args.user,
            prefix: `/${platform.name}`,
            offsite: withOffsite ? all : [],
          }),
        ),
      );
    this.localConfiguration = configuration(false);
    this.archive = {
      files: { [configurationFile]: configuration(true), ...authorities(args) },
      repository,
      spool: settings.repositories.length === 0 ? undefined : volume("spool", { keep: false }),
      socket: volume("socket", { keep: false }),
    };
    this.registerOutputs({ repository });
  }

  /**
   * A stack that was destroyed and comes back has generated another passphrase than the one that its repository, which
   * stayed, was made with: that one is kept beside the repository, and is what counts.
   */
  private keptPassphrase(
    name: string,
    { settings, image, secrets }: RepositoryArgs,
    volume: pulumi.Output<string>,
    platform: Platform,
  ): pulumi.Output<string> {
    const given =
      settings.passphraseSecret === undefined ? undefined : secrets[settings.passphraseSecret];
    const offered =
      given?.apply((value) => oneLine("backup.passphraseSecret", value)) ??
      randomBytes(`${name}-passphrase`, 48, "base64", { parent: this, protect: settings.protect });
    const kept = oneShot(
      `${name}-passphrase-kept`,
      {
        image,
        command: ["/usr/local/bin/repository-key", given === undefined ? "generated" : "given"],
        user: `${String(uids.postgres)}:${String(uids.postgres)}`,
        volumes: [{ name: volume, path: "/key" }],
        stdin: pulumi.interpolate`${offered}\n`,
        printsSecret: true,
      },
      platform,
      { parent: this },
    );
    return pulumi.secret(kept.stdout);
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
    return value === undefined ? [] : [[authorityFile(index + 2), value] as const];
  });
  return Object.fromEntries(files);
}

/** A line of a configuration file: what holds another line would be a second setting. */
function oneLine(path: string, value: string): string {
  const line = value.trim();
  if (!/[\r\n]/.test(line)) return line;
  throw new Error(`${path}: the secret has more than one line; give it as one`);
}
