import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { ownerOf, uids } from "#lib/platform";
import { labelsOf, type Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { SecretFiles } from "#workload/secret-files";
import { commandsEnvironment, releaseStep } from "#workload/step";
import { OwnedVolume } from "#workload/volume";
import { backupPaths as paths, cronTrial, scheduledWorkload } from "./backup/paths.js";
import { heartbeatEnvironment } from "./backup/heartbeats.js";
import { scheduleEnvironment } from "./backup/schedule.js";
import type { BackupSettings } from "./backup/settings.js";
import {
  isExternal,
  preparation,
  sourceEnvironment,
  sourceFiles,
  sourceVolumes,
  type BackupSource,
} from "./backup/source.js";

export interface BackupArgs {
  readonly settings: BackupSettings;
  readonly image: pulumi.Input<string>;
  /** Name of the database, which dumps are called by. */
  readonly database: pulumi.Input<string>;
  /** The source of its backups, and its connection. */
  readonly source: BackupSource;
  /** URLs of watchers outside, by the name of the file that has them: see `heartbeats`. */
  readonly heartbeatUrls: Readonly<Record<string, pulumi.Input<string>>>;
  /** The users that back up volumes; empty where none is backed up. */
  readonly volumesOwners: readonly VolumesOwner[];
}

/** A user that backs up volumes. */
export interface VolumesOwner {
  /** Name of its folder among the others'. */
  readonly key: string;
  /** Last part of the names of what is made for it. */
  readonly suffix: string;
  /** `uid:gid` */
  readonly owner: string;
}

const owner = { uid: uids.postgres, gid: uids.postgres };

/**
 * The container that backs up on schedules. It reads the server's files, and talks to it through its socket: it needs
 * no network, unless something is far away: an external server, to which it has a network of its own.
 */
export class Backup extends pulumi.ComponentResource {
  readonly containerName: pulumi.Output<string>;
  /** Volume of the dumps. */
  readonly volumeName: pulumi.Output<string>;
  /** Volume of what drills have proven. */
  readonly proofs: pulumi.Output<string>;
  /** Volume of the metrics: `keelson.prom`. */
  readonly metrics: pulumi.Output<string>;
  /** Volumes in which the backups of volumes say how they go, by the key of the user that takes them. */
  readonly volumesStatus: Readonly<Record<string, pulumi.Output<string>>>;

  private readonly args: BackupArgs;
  private readonly platform: Platform;

  constructor(
    name: string,
    args: BackupArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Backup", name, {}, opts);
    this.args = args;
    this.platform = platform;
    const { settings } = args;
    const kept = { keep: settings.keepData, protect: settings.protect };
    this.volumeName = this.volume(`${name}-dumps`, "backups", kept);
    const proofs = this.volume(`${name}-proofs`, "proofs", kept);
    this.volumesStatus = this.statusOfVolumes(name);
    // A volume of its own: whoever collects metrics is not to see dumps.
    this.metrics = this.volume(`${name}-metrics`, "metrics", { keep: false });
    const container = this.backup(name, proofs);
    this.prepare(name, container);
    this.containerName = container.containerName;
    this.proofs = proofs;
    this.registerOutputs({ containerName: this.containerName, volumeName: this.volumeName });
  }

  private volume(
    name: string,
    role: string,
    options: { keep: boolean; protect?: boolean },
  ): pulumi.Output<string> {
    const args = { workload: "backup", role, ...owner, ...options };
    return new OwnedVolume(name, args, this.platform, { parent: this }).volumeName;
  }

  /** Each is written to by another user than dumps are. */
  private statusOfVolumes(name: string): Record<string, pulumi.Output<string>> {
    return Object.fromEntries(
      this.args.volumesOwners.map(({ key, suffix, owner: user }) => {
        const role = `volume-status${suffix}`;
        const args = { workload: "volumes", role, keep: false, ...ownerOf(user) };
        const own = `${name}-volumes-status${suffix}`;
        return [key, new OwnedVolume(own, args, this.platform, { parent: this }).volumeName];
      }),
    );
  }

  private backup(name: string, proofs: pulumi.Output<string>): Running {
    const { args, platform } = this;
    const { settings, heartbeatUrls, source } = args;
    const secrets = new SecretFiles(
      `${name}-secrets`,
      {
        workload: "backup",
        values: { ...heartbeatUrls, ...sourceFiles(source) },
        ...owner,
      },
      platform,
      { parent: this },
    );
    const external = isExternal(source);
    const far =
      external || Object.keys(heartbeatUrls).length > 0 || settings.repositories.length > 0;
    return new Running(
      name,
      {
        ...scheduledWorkload("backup", settings),
        command: ["/usr/local/bin/serve"],
        trial: [...cronTrial, "/usr/local/bin/serve"],
        image: args.image,
        env: {
          ...scheduleEnvironment(settings, { volumes: args.volumesOwners.length > 0, external }),
          ...sourceEnvironment(args.database, source),
          ...heartbeatEnvironment(heartbeatUrls),
          KEELSON_STACK: platform.name,
        },
        secrets: secrets.volumeName,
        volumes: [
          ...sourceVolumes(source),
          { name: this.volumeName, path: paths.dumps },
          { name: proofs, path: paths.proofs, readOnly: true },
          { name: this.metrics, path: paths.metrics },
          ...Object.entries(this.volumesStatus).map(([key, status]) => ({
            name: status,
            path: `${paths.volumesStatus}/${key}`,
            readOnly: true,
          })),
        ],
        networks: far ? [{ name: this.wayOut(name) }] : [],
      },
      platform,
      { parent: this },
    );
  }

  /** A network of its own: the data network has no way out. */
  private wayOut(name: string): pulumi.Output<string> {
    const labels = labelsOf(this.platform, "backup");
    return new docker.Network(`${name}-out`, { labels }, { parent: this }).name;
  }

  /** Before an `up` is done. */
  private prepare(name: string, container: Running): void {
    releaseStep(
      `${name}-prepare`,
      "in-container",
      { environment: commandsEnvironment(container.containerName, preparation(this.args.source)) },
      this.platform,
      { parent: this },
    );
  }
}
