import * as pulumi from "@pulumi/pulumi";
import { uids } from "#lib/platform";
import { mebibytes } from "#lib/size";
import type { Site } from "#workload/release";
import type { Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { SecretFiles } from "#workload/secret-files";
import { OwnedVolume } from "#workload/volume";
import { alertmanagerConfig } from "./monitoring/alertmanager.js";
import {
  blackboxConfig,
  prometheusConfig,
  redisAddress,
  type OwnMetrics,
} from "./monitoring/prometheus.js";
import type { MonitoringSettings } from "./monitoring/settings.js";

export interface MonitoringArgs {
  readonly settings: MonitoringSettings;
  readonly image: pulumi.Input<string>;
  /** Names of the networks: `data` is missing where nothing on it is watched. */
  readonly networks: { readonly edge: pulumi.Input<string>; readonly data?: pulumi.Input<string> };
  readonly site: Site;
  /** Container of the proxy, and the ports at which it serves clients and its metrics. */
  readonly proxy: {
    readonly container: pulumi.Input<string>;
    readonly clients: number;
    readonly metrics: number;
  };
  /** A Postgres server of ours; undefined where the database is an external one. */
  readonly postgres?: PostgresLogin | undefined;
  readonly redis: readonly { readonly host: string; readonly password: pulumi.Input<string> }[];
  readonly app?: OwnMetrics | undefined;
  /** Services with metrics of their own, by their names. */
  readonly services: Readonly<Record<string, OwnMetrics>>;
  /** Volume with the metrics of the backups; undefined where there are none. */
  readonly backupMetrics?: pulumi.Input<string> | undefined;
  /** Volumes with the metrics of jobs, by the process whose jobs they are. */
  readonly jobsMetrics: Readonly<Record<string, pulumi.Input<string>>>;
  /** Queries whose answers it writes down for the status page, as images/monitoring/page-figures reads them; undefined: there is none. */
  readonly pageQueries?: object | undefined;
  /** Rules by the name of their file. */
  readonly rules: Readonly<Record<string, string>>;
  /** Values of the secrets that it needs, by the name of the file that each becomes. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Login of the role that may read a server's figures, and no data. */
interface PostgresLogin {
  readonly host: string;
  readonly database: string;
  readonly user: string;
  readonly password: pulumi.Input<string>;
  /** It has the extension pg_stat_statements. */
  readonly hasStatements: boolean;
}

const owner = { uid: uids.monitoring, gid: uids.monitoring };
const ownerText = `${String(uids.monitoring)}:${String(uids.monitoring)}`;

/**
 * The container that watches a stack: Prometheus, Alertmanager and exporters, which listen on its loopback address
 * alone, so that nothing else in the stack's networks reaches them.
 */
export class Monitoring extends pulumi.ComponentResource {
  /** The container's name, known once it is healthy. */
  readonly containerName: pulumi.Output<string>;
  /** Volume with what the status page shows; undefined where there is none. */
  readonly pageVolume: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    args: MonitoringArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Monitoring", name, {}, opts);
    const { settings } = args;
    const files = { workload: "monitoring", values: filesOf(args, platform.name), ...owner };
    const secrets = new SecretFiles(`${name}-secrets`, files, platform, { parent: this });
    const kept = { workload: "monitoring", role: "monitoring-data", keep: settings.keepData };
    const data = new OwnedVolume(`${name}-data`, { ...kept, ...owner }, platform, { parent: this });
    this.pageVolume = this.figures(name, args, platform);
    const { edge, data: inner } = args.networks;
    const running = new Running(
      name,
      {
        ...monitoringWorkload(settings),
        env: environmentOf(args, platform.name),
        image: args.image,
        secrets: secrets.volumeName,
        volumes: [
          { name: data.volumeName, path: "/data" },
          ...(args.backupMetrics === undefined
            ? []
            : [{ name: args.backupMetrics, path: "/metrics", readOnly: true }]),
          ...(this.pageVolume === undefined ? [] : [{ name: this.pageVolume, path: "/page" }]),
          ...Object.entries(args.jobsMetrics).map(([process, volume]) => ({
            name: volume,
            path: `/jobs/${process}`,
            readOnly: true,
          })),
        ],
        hostFolders: [{ source: "/sys/fs/cgroup", path: "/host/cgroup" }],
        networks: [{ name: edge }, ...(inner === undefined ? [] : [{ name: inner }])],
      },
      platform,
      { parent: this },
    );
    this.containerName = running.containerName;
    this.registerOutputs({ containerName: this.containerName });
  }

  private figures(name: string, { pageQueries }: MonitoringArgs, platform: Platform) {
    if (pageQueries === undefined) return undefined;
    // Another one has the same within seconds.
    const volume = { workload: "monitoring", role: "page", keep: false, ...owner };
    return new OwnedVolume(`${name}-page`, volume, platform, { parent: this }).volumeName;
  }
}

/** The part of the workload that follows from the settings alone. */
export function monitoringWorkload(settings: MonitoringSettings) {
  const { uid, gid } = owner;
  return {
    role: "monitoring",
    user: ownerText,
    trial: ["/usr/local/bin/verify-start"],
    tmpfs: {
      "/run/monitoring": `rw,noexec,nosuid,nodev,size=4m,uid=${String(uid)},gid=${String(gid)}`,
    },
    memory: settings.memory,
    cpus: settings.cpus,
    pids: 256,
    health: {
      test: ["CMD", "/usr/local/bin/healthcheck"],
      interval: "30s",
      timeout: "10s",
      retries: 3,
      // Series that were written last are read again.
      startPeriod: "60s",
      startTimeout: "120s",
    },
    stopTimeout: "30s",
  };
}

function environmentOf(args: MonitoringArgs, stack: string) {
  const { settings, postgres, redis, app } = args;
  return {
    RETENTION: settings.retention,
    STORAGE: String(mebibytes(settings.storage)),
    MEMORY: String(mebibytes(settings.memory)),
    KEELSON_STACK: stack,
    ...(postgres === undefined
      ? {}
      : {
          POSTGRES: `${postgres.host}:5432/${postgres.database}?sslmode=disable`,
          POSTGRES_USER: postgres.user,
          ...(postgres.hasStatements ? { STATEMENTS: "1" } : {}),
        }),
    ...(redis.length === 0 ? {} : { REDIS: "1" }),
    ...(app === undefined ? {} : { APP_PORT: String(app.port) }),
    ...(args.pageQueries === undefined ? {} : { PAGE: "1" }),
  };
}

/** Configuration, rules and secrets, a file each. */
function filesOf(args: MonitoringArgs, stack: string) {
  const { settings, site, proxy, redis, postgres } = args;
  const watched = {
    stack,
    site,
    publicUrl: settings.publicUrl,
    remoteWrite: settings.remoteWrite,
    postgres: postgres !== undefined,
    redis: redis.map(({ host }) => host),
    app: args.app,
    services: args.services,
    rules: Object.keys(args.rules),
  };
  const prometheus = pulumi.output(proxy.container).apply((container) => {
    const at = (port: number) => `${container}:${String(port)}`;
    const addresses = { clients: at(proxy.clients), metrics: at(proxy.metrics) };
    return json(prometheusConfig({ ...watched, proxy: addresses }));
  });
  return {
    "prometheus.yml": prometheus,
    "alertmanager.yml": json(alertmanagerConfig(settings.alerts)),
    "blackbox.yml": json(blackboxConfig(watched)),
    "postgres.yml": "{}\n",
    ...(args.pageQueries === undefined ? {} : { "page.json": json(args.pageQueries) }),
    ...args.rules,
    ...args.secrets,
    ...(postgres === undefined ? {} : { POSTGRES_PASSWORD: postgres.password }),
    ...(redis.length === 0 ? {} : { "redis.json": redisPasswords(redis) }),
  };
}

/** As the exporter of Redis servers reads them: by address. */
function redisPasswords(redis: MonitoringArgs["redis"]): pulumi.Output<string> {
  const entries = redis.map(({ host, password }) =>
    pulumi.output(password).apply((text) => [redisAddress(host, "monitor"), text] as const),
  );
  return pulumi.all(entries).apply((known) => json(Object.fromEntries(known)));
}

/** JSON is YAML, and needs no care for what would be read as something else. */
function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
