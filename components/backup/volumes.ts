import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { seconds } from "#lib/duration";
import { ownerOf } from "#lib/platform";
import { labelsOf, ownerLabel, type Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { SecretFiles } from "#workload/secret-files";
import { commandsEnvironment, releaseStep } from "#workload/step";
import { OwnedVolume } from "#workload/volume";
import { heartbeatEnvironment } from "./heartbeats.js";
import { backupPaths, cronTrial, scheduledWorkload } from "./paths.js";
import { firstOffsite } from "./pgbackrest.js";
import { authorities, offsiteOf } from "./repository.js";
import { keepEnvironment } from "./schedule.js";
import type { BackupSettings } from "./settings.js";
import { resticConfig, resticFile, resticPassphrase, volumePaths as paths } from "./restic.js";

export interface VolumesArgs {
  readonly settings: BackupSettings;
  /** The backup image. */
  readonly image: pulumi.Input<string>;
  /** Owner of the volumes, as `uid:gid`: who keeps their files from everybody else. */
  readonly user: string;
  /** Last part of the names of what is made for this owner: empty for the app's user, `-998` for another one. */
  readonly suffix: string;
  /** Names on the host of the volumes, by their own. */
  readonly volumes: Readonly<Record<string, pulumi.Input<string>>>;
  /** Those of the volumes that are of queues. */
  readonly queues: readonly string[];
  /** Memory limit of the container: a drill reads all data of a queue. */
  readonly memory: string;
  /** Name of the volume in which it says how its runs go. */
  readonly status: pulumi.Input<string>;
  /** Passphrase of the snapshots. */
  readonly passphrase: pulumi.Input<string>;
  /** Secrets of the stack by name. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
  readonly heartbeatUrl?: pulumi.Input<string> | undefined;
}

/**
 * The container that backs up the volumes of one owner with restic, and proves it. It runs as that user, since nobody
 * else may read the files, and can't write to them. Its repository is on a volume that the app has no way to.
 */
export class Volumes extends pulumi.ComponentResource {
  readonly containerName: pulumi.Output<string>;

  constructor(
    name: string,
    args: VolumesArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Volumes", name, {}, opts);
    const { settings, heartbeatUrl } = args;
    const own = { workload: "volumes", ...ownerOf(args.user) };
    const volume = (role: string, options: { keep: boolean; protect?: boolean }) => {
      const volumeArgs = { ...own, role: `volume-${role}${args.suffix}`, ...options };
      return new OwnedVolume(`${name}-${role}`, volumeArgs, platform, { parent: this }).volumeName;
    };
    const secrets = new SecretFiles(
      `${name}-secrets`,
      { ...own, values: this.secrets(args, platform) },
      platform,
      { parent: this },
    );
    const far = heartbeatUrl !== undefined || settings.repositories.length > 0;
    const container = new Running(
      name,
      {
        ...scheduledWorkload("volumes", { memory: args.memory, cpus: settings.cpus }),
        labels: { [ownerLabel]: args.user },
        command: ["/usr/local/bin/cron"],
        trial: cronTrial,
        user: args.user,
        image: args.image,
        env: {
          ...volumesEnvironment(settings, Object.keys(args.volumes), args.queues),
          ...heartbeatEnvironment(heartbeatFile(args)),
        },
        secrets: secrets.volumeName,
        volumes: [
          ...Object.entries(args.volumes).map(([each, volumeName]) => ({
            name: volumeName,
            path: `${args.queues.includes(each) ? paths.queues : paths.volumes}/${each}`,
            readOnly: true,
          })),
          {
            name: volume("backups", { keep: settings.keepData, protect: settings.protect }),
            path: paths.store,
          },
          { name: volume("drill", { keep: false }), path: paths.drill },
          { name: args.status, path: backupPaths.volumesStatus },
        ],
        networks: far ? [{ name: this.wayOut(name, platform) }] : [],
      },
      platform,
      { parent: this },
    );
    releaseStep(
      `${name}-prepare`,
      "in-container",
      { environment: commandsEnvironment(container.containerName, preparing) },
      platform,
      { parent: this },
    );
    this.containerName = container.containerName;
    this.registerOutputs({ containerName: this.containerName });
  }

  private secrets(args: VolumesArgs, platform: Platform): Record<string, pulumi.Input<string>> {
    const config = offsiteOf(args).apply((offsite) =>
      resticConfig({
        host: platform.name,
        prefix: `/${platform.name}`,
        suffix: args.suffix,
        offsite,
      }),
    );
    return {
      [resticPassphrase]: args.passphrase,
      [resticFile]: pulumi.secret(config),
      ...authorities(args),
      ...heartbeatFile(args),
    };
  }

  /** A network of its own: the others lead to the database, or to the app. */
  private wayOut(name: string, platform: Platform): pulumi.Output<string> {
    const labels = labelsOf(platform, "volumes");
    return new docker.Network(`${name}-out`, { labels }, { parent: this }).name;
  }
}

function heartbeatFile({ heartbeatUrl }: VolumesArgs): Record<string, pulumi.Input<string>> {
  return heartbeatUrl === undefined ? {} : { HEARTBEAT_URL: heartbeatUrl };
}

/** Variables of the container. */
export function volumesEnvironment(
  settings: BackupSettings,
  volumes: readonly string[],
  queues: readonly string[],
): Record<string, string> {
  const { drill } = settings;
  const command = "/usr/local/bin/volume-backup";
  return {
    CRONTAB: [
      `${settings.volumes} ${command} take`,
      ...(drill.enabled
        ? [
            `${drill.latest} /usr/local/bin/drill-volumes latest`,
            `${drill.random} /usr/local/bin/drill-volumes random`,
            ...settings.repositories.map(
              (_, index) =>
                `${drill.offsite} /usr/local/bin/drill-volumes latest ${String(index + firstOffsite)}`,
            ),
          ]
        : []),
    ].join("\n"),
    ...volumeVariables(volumes, queues),
    ...keepEnvironment(settings),
    RESTIC_TIMEOUT: String(seconds(settings.timeout)),
  };
}

/** Variables by which its scripts know the volumes, and which of them are of queues. */
export function volumeVariables(
  volumes: readonly string[],
  queues: readonly string[],
): Record<string, string> {
  return {
    VOLUMES: volumes.join(" "),
    ...(queues.length === 0 ? {} : { QUEUES: queues.join(" ") }),
  };
}

/** The repositories are ready before an `up` is done; a first snapshot begins, and takes as long as it takes. */
const preparing = [
  { args: ["/usr/local/bin/volume-backup", "prepare"] },
  { args: ["/usr/local/bin/volume-backup", "take", "--if-none"], detached: true },
];
