import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { cron } from "../lib/cron.js";
import { cpus } from "../lib/identifiers.js";
import { secretsDirectory, uids } from "../lib/platform.js";
import { sizeFrom } from "../lib/size.js";
import type { Platform } from "../workload/platform.js";
import { Running } from "../workload/running.js";
import { SecretFiles } from "../workload/secret-files.js";
import { OwnedVolume } from "../workload/volume.js";

/** Dumps of the database on a schedule. */
export const backupSettings = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe("Switches backups off; the data is then one disk away from lost."),
  schedule: cron.default("0 2 * * *").describe("When to dump, in UTC."),
  keep: z
    .strictObject({
      daily: z.int().min(1).max(365).default(7).describe("Days."),
      weekly: z.int().min(0).max(104).default(4).describe("Weeks."),
      monthly: z.int().min(0).max(120).default(6).describe("Months."),
    })
    .prefault({})
    .describe(
      "How many dumps to keep: the newest of each of so many days, weeks and months. The last good one always stays.",
    ),
  heartbeatSecret: z
    .string()
    .optional()
    .describe(
      "Name of a secret with a heartbeat URL (healthchecks.io style), told of each start, success and failure.",
    ),
  memory: sizeFrom("64MiB").default("256MiB").describe("Most memory it may use."),
  cpus: cpus.default(0.5).describe("Processors it may use."),
  keepData: z
    .boolean()
    .default(true)
    .describe("Keep the dumps on the host when the stack is destroyed."),
  protect: z.boolean().default(false).describe("Refuse `destroy` as long as this is set."),
});
export type BackupSettings = z.output<typeof backupSettings>;

export interface BackupArgs {
  readonly settings: BackupSettings;
  readonly image: pulumi.Input<string>;
  readonly database: pulumi.Input<string>;
  readonly databaseHost: string;
  readonly user: string;
  readonly password: pulumi.Input<string>;
  readonly heartbeatUrl?: pulumi.Input<string> | undefined;
  /** Name of the data network. */
  readonly network: pulumi.Input<string>;
}

const directory = "/backups";

/** The container that dumps the database on a schedule, onto a volume of its own. */
export class Backup extends pulumi.ComponentResource {
  readonly containerName: pulumi.Output<string>;
  /** Volume of the dumps. */
  readonly volumeName: pulumi.Output<string>;

  constructor(
    name: string,
    args: BackupArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Backup", name, {}, opts);
    const { settings } = args;
    const owner = { uid: uids.postgres, gid: uids.postgres };
    const heartbeat = args.heartbeatUrl === undefined ? {} : { HEARTBEAT_URL: args.heartbeatUrl };
    const secrets = new SecretFiles(
      `${name}-secrets`,
      { workload: "backup", values: { PGPASSWORD: args.password, ...heartbeat }, ...owner },
      platform,
      { parent: this },
    );
    const dumps = new OwnedVolume(
      `${name}-dumps`,
      {
        ...{ workload: "backup", role: "backups", ...owner },
        ...{ keep: settings.keepData, protect: settings.protect },
      },
      platform,
      { parent: this },
    );
    const container = new Running(
      name,
      {
        ...backupWorkload(settings),
        image: args.image,
        env: {
          ...scheduleEnvironment(settings),
          PGHOST: args.databaseHost,
          PGPORT: "5432",
          PGDATABASE: args.database,
          PGUSER: args.user,
          PGPASSWORD_FILE: `${secretsDirectory}/PGPASSWORD`,
          ...(args.heartbeatUrl === undefined
            ? {}
            : { HEARTBEAT_URL_FILE: `${secretsDirectory}/HEARTBEAT_URL` }),
        },
        secrets: secrets.volumeName,
        volumes: [{ name: dumps.volumeName, path: directory }],
        networks: [{ name: args.network }],
      },
      platform,
      { parent: this },
    );
    this.containerName = container.containerName;
    this.volumeName = dumps.volumeName;
    this.registerOutputs({ containerName: this.containerName, volumeName: this.volumeName });
  }
}

/** What the cron container is told of schedule and retention. */
export function scheduleEnvironment(settings: BackupSettings): Record<string, string> {
  return {
    CRON_SCHEDULE: settings.schedule,
    CRON_COMMAND: "/usr/local/bin/backup",
    BACKUP_DIR: directory,
    BACKUP_KEEP_DAILY: String(settings.keep.daily),
    BACKUP_KEEP_WEEKLY: String(settings.keep.weekly),
    BACKUP_KEEP_MONTHLY: String(settings.keep.monthly),
  };
}

function backupWorkload(settings: BackupSettings) {
  return {
    role: "backup",
    command: ["/usr/local/bin/cron"],
    user: `${String(uids.postgres)}:${String(uids.postgres)}`,
    memory: settings.memory,
    cpus: settings.cpus,
    pids: 100,
    health: {
      test: ["CMD", "/usr/local/bin/healthcheck"],
      ...{ interval: "3s", timeout: "5s", retries: 3, startPeriod: "10s", startTimeout: "60s" },
    },
    // A dump that has begun may end.
    stopTimeout: "60s",
  };
}
