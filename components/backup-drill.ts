import * as pulumi from "@pulumi/pulumi";
import { uids } from "../lib/platform.js";
import type { Platform } from "../workload/platform.js";
import { Running } from "../workload/running.js";
import { SecretFiles } from "../workload/secret-files.js";
import { OwnedVolume } from "../workload/volume.js";
import { backupPaths as paths, repositoryEnvironment, scheduledWorkload } from "./backup-paths.js";
import { drillEnvironment } from "./backup-schedule.js";
import type { BackupSettings } from "./backup-settings.js";

export interface DrillArgs {
  readonly settings: BackupSettings;
  readonly image: pulumi.Input<string>;
  readonly database: pulumi.Input<string>;
  /** pgBackRest's configuration with the local repository alone. */
  readonly configuration: pulumi.Input<string>;
  readonly configurationFile: string;
  /** Names of the volumes that it reads, and of the one for its proofs. */
  readonly volumes: {
    readonly repository: pulumi.Input<string>;
    readonly dumps: pulumi.Input<string>;
    readonly proofs: pulumi.Input<string>;
  };
}

/**
 * The container that restores backups on a schedule, into a volume of its own, and looks whether everything is there.
 * It has no network and reads the repository only, so that what it starts can neither be reached nor archive anything.
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
    const { settings, volumes } = args;
    const workload = { workload: "drill", uid: uids.postgres, gid: uids.postgres };
    const secrets = new SecretFiles(
      `${name}-secrets`,
      { ...workload, values: { [args.configurationFile]: args.configuration } },
      platform,
      { parent: this },
    );
    const scratch = new OwnedVolume(
      `${name}-scratch`,
      { ...workload, role: "drill", keep: false },
      platform,
      { parent: this },
    );
    this.containerName = new Running(
      name,
      {
        ...scheduledWorkload("drill", settings.drill),
        command: ["/usr/local/bin/cron"],
        image: args.image,
        env: { ...drillEnvironment(settings), ...repositoryEnvironment(args) },
        secrets: secrets.volumeName,
        volumes: [
          { name: volumes.repository, path: paths.repository, readOnly: true },
          { name: volumes.dumps, path: paths.dumps, readOnly: true },
          { name: volumes.proofs, path: paths.proofs },
          { name: scratch.volumeName, path: paths.drill },
        ],
        networks: [],
      },
      platform,
      { parent: this },
    ).containerName;
    this.registerOutputs({ containerName: this.containerName });
  }
}
