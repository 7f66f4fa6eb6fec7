import * as pulumi from "@pulumi/pulumi";
import { seconds } from "#lib/duration";
import { uids } from "#lib/platform";
import { mebibytes } from "#lib/size";
import type { Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { SecretFiles } from "#workload/secret-files";
import { OwnedVolume } from "#workload/volume";
import type { LogsSettings } from "./logs/settings.js";
import { shipperConfig } from "./logs/syslog-ng.js";

export interface LogsArgs {
  readonly settings: LogsSettings;
  readonly image: pulumi.Input<string>;
  /** Names in the labels of the stack's containers. */
  readonly labels: { readonly project: string; readonly stack: string };
  /** Name of the network with a way out. */
  readonly network: pulumi.Input<string>;
  /** Values of the secrets that shipping needs, by the name of the file that each becomes. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
}

const shipper = { uid: uids.logs, gid: uids.logs };
const run = (uid: number) => ({
  "/run/logs": `rw,noexec,nosuid,nodev,size=1m,uid=${String(uid)},gid=${String(uid)}`,
});

/**
 * The collector of a stack's log lines, which has a view of Docker's folder of containers and no network, and the
 * shipper, which has a network and sees kept lines alone.
 */
export class Logs extends pulumi.ComponentResource {
  /** The collector's name, known once it is healthy. */
  readonly containerName: pulumi.Output<string>;
  /** The shipper's; undefined where nothing is shipped. */
  readonly shipperName: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    args: LogsArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Logs", name, {}, opts);
    const child = { parent: this };
    const { settings, image, labels } = args;
    // Of root: it is written to by the collector alone.
    const kept = { workload: "logs", role: "logs", keep: settings.keepData, uid: 0, gid: 0 };
    const lines = new OwnedVolume(`${name}-kept`, kept, platform, child);
    const collector = new Running(
      name,
      {
        ...collectorWorkload(settings),
        env: {
          KEELSON_STACK: platform.name,
          PROJECT: labels.project,
          STACK: labels.stack,
          KEEP_SECONDS: String(seconds(settings.keep)),
          KEEP_BYTES: String(mebibytes(settings.size) * 2 ** 20),
          GOMEMLIMIT: `${String(Math.floor(mebibytes(settings.memory) * 0.8))}MiB`,
        },
        image,
        volumes: [{ name: lines.volumeName, path: "/logs" }],
      },
      platform,
      child,
    );
    this.containerName = collector.containerName;
    this.shipperName = this.shipped(name, args, platform, lines.volumeName);
    this.registerOutputs({ containerName: this.containerName });
  }

  private shipped(
    name: string,
    { settings, image, network, secrets }: LogsArgs,
    platform: Platform,
    lines: pulumi.Output<string>,
  ): pulumi.Output<string> | undefined {
    const { ship } = settings;
    if (ship.syslog === undefined && ship.http === undefined) return undefined;
    const child = { parent: this };
    const { TOKEN: token, ...files } = secrets;
    const config = pulumi
      .output(token)
      .apply((value) => shipperConfig(ship, platform.name, value?.trim()));
    const values = { "syslog-ng.conf": config, ...files };
    const secret = { workload: "logs", values, ...shipper };
    const given = new SecretFiles(`${name}-ship-secrets`, secret, platform, child);
    const state = {
      workload: "log-shipper",
      role: "log-positions",
      keep: settings.keepData,
      ...shipper,
    };
    const positions = new OwnedVolume(`${name}-positions`, state, platform, child);
    return new Running(
      `${name}-ship`,
      {
        ...shipperWorkload(settings),
        image,
        secrets: given.volumeName,
        volumes: [
          { name: lines, path: "/logs", readOnly: true },
          { name: positions.volumeName, path: "/state" },
        ],
        networks: [{ name: network }],
      },
      platform,
      child,
    ).containerName;
  }
}

/** The part of the collector that follows from the settings alone. */
export function collectorWorkload(settings: LogsSettings) {
  return {
    role: "logs",
    entrypoint: ["/usr/local/bin/logs"],
    command: ["collect"],
    // The owner of Docker's files on the host; without a capability it may do what any owner may, and it has no network.
    user: "0:0",
    tmpfs: run(0),
    hostFolders: [{ source: settings.folder, path: "/containers" }],
    networks: [],
    memory: settings.memory,
    cpus: settings.cpus,
    pids: 64,
    health: health(["CMD", "/usr/local/bin/logs", "healthy"]),
    stopTimeout: "20s",
  };
}

/** The part of the shipper that follows from the settings alone. */
export function shipperWorkload({ ship }: LogsSettings) {
  return {
    role: "log-shipper",
    entrypoint: ["/usr/local/bin/ship"],
    user: `${String(shipper.uid)}:${String(shipper.gid)}`,
    trial: ["/usr/local/bin/verify-start"],
    tmpfs: run(shipper.uid),
    memory: ship.memory,
    cpus: ship.cpus,
    pids: 64,
    health: health(["CMD", "/usr/local/bin/ship-healthy"]),
    stopTimeout: "20s",
  };
}

function health(test: readonly string[]) {
  return {
    test,
    interval: "60s",
    timeout: "10s",
    retries: 3,
    startPeriod: "30s",
    startTimeout: "60s",
  };
}
