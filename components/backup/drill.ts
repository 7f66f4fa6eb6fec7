import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { uids } from "#lib/platform";
import { labelsOf, type Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { SecretFiles } from "#workload/secret-files";
import { OwnedVolume } from "#workload/volume";
import {
  backupPaths as paths,
  cronTrial,
  repositoryEnvironment,
  scheduledWorkload,
} from "./paths.js";
import { drillEnvironment } from "./schedule.js";
import type { BackupSettings } from "./settings.js";
import { copiesEnvironment } from "./source.js";

/** Volumes of the host; an external database has no repository. */
interface LocalPlace {
  readonly repository?: pulumi.Input<string> | undefined;
  readonly dumps: pulumi.Input<string>;
}

export interface DrillArgs {
  readonly settings: BackupSettings;
  readonly image: pulumi.Input<string>;
  readonly database: pulumi.Input<string>;
  /** Files for its secrets: the configuration with the repositories that it restores from. */
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
  /** Name of pgBackRest's among them; undefined of an external database, which has dumps alone. */
  readonly configurationFile: string | undefined;
  /** Name of the volume for its proofs. */
  readonly proofs: pulumi.Input<string>;
  /** The source of its restores: volumes of the host, or the repositories with these numbers, and nothing of the host. */
  readonly from: LocalPlace | { readonly offsite: readonly number[] };
}

/**
 * The container that restores backups on a schedule, into a volume of its own, and looks whether everything is there.
 * It reads the repository only, and has no network, or one on which nobody is who could reach it; what it starts
 * listens on none and archives nothing.
 */
export class Drill extends pulumi.ComponentResource {
  readonly containerName: pulumi.Output<string>;

  constructor(
    name: string,
    args: DrillArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Drill", name, {}, opts);
    const { settings, from } = args;
    const offsite = "offsite" in from;
    const external = args.configurationFile === undefined;
    const role = offsite ? "drill-offsite" : "drill";
    const workload = { workload: role, uid: uids.postgres, gid: uids.postgres };
    const files = { ...workload, values: args.files };
    const secrets =
      Object.keys(args.files).length === 0
        ? undefined
        : new SecretFiles(`${name}-secrets`, files, platform, { parent: this });
    const scratch = new OwnedVolume(
      `${name}-scratch`,
      { ...workload, role, keep: false },
      platform,
      { parent: this },
    );
    this.containerName = new Running(
      name,
      {
        ...scheduledWorkload(role, settings.drill),
        command: ["/usr/local/bin/cron"],
        trial: cronTrial,
        image: args.image,
        env: {
          ...drillEnvironment(settings, {
            external,
            ...(offsite ? { offsite: from.offsite } : {}),
          }),
          ...placeEnvironment(args),
        },
        ...(secrets === undefined ? {} : { secrets: secrets.volumeName }),
        volumes: [
          ...(offsite ? [] : localVolumes(from)),
          { name: args.proofs, path: paths.proofs },
          { name: scratch.volumeName, path: paths.drill },
        ],
        networks: offsite ? [{ name: this.wayOut(name, platform) }] : [],
      },
      platform,
      { parent: this },
    ).containerName;
    this.registerOutputs({ containerName: this.containerName });
  }

  /** A network of its own, on which there is nobody else. */
  private wayOut(name: string, platform: Platform): pulumi.Output<string> {
    const labels = labelsOf(platform, "drill-offsite");
    return new docker.Network(`${name}-out`, { labels }, { parent: this }).name;
  }
}

function placeEnvironment({ database, configurationFile, from, files }: DrillArgs) {
  return configurationFile === undefined
    ? { PGDATABASE: database, ...copiesEnvironment("offsite" in from ? files : undefined) }
    : repositoryEnvironment({ database, configurationFile });
}

function localVolumes({ repository, dumps }: LocalPlace) {
  return [
    ...(repository === undefined
      ? []
      : [{ name: repository, path: paths.repository, readOnly: true }]),
    { name: dumps, path: paths.dumps, readOnly: true },
  ];
}
