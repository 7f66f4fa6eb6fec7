import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { redisUser, uids } from "#lib/platform";
import type { Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { SecretFiles } from "#workload/secret-files";
import { OwnedVolume } from "#workload/volume";
import type { Health } from "#workload/workload";
import {
  isQueue,
  maxClientMemory,
  maxMemory,
  startSeconds,
  type RedisServer,
} from "./redis/settings.js";

export interface RedisArgs {
  /** Its host name on the data network. */
  readonly host: string;
  readonly settings: RedisServer;
  readonly image: pulumi.Input<string>;
  /** Name of the data network. */
  readonly network: pulumi.Input<string>;
}

const port = 6379;
const owner = { uid: uids.redis, gid: uids.redis };

/** A Redis server (Valkey), for a cache or a queue. */
export class Redis extends pulumi.ComponentResource {
  /** The container's name, known once it is healthy. */
  readonly containerName: pulumi.Output<string>;
  /** `redis://app:<password>@<host>:6379/0`, known once it is healthy; secret. */
  readonly url: pulumi.Output<string>;
  /** Password of the user `monitor`, who reads figures and no data; secret. */
  readonly monitorPassword: pulumi.Output<string>;
  /** Name on the host of the volume of a queue; undefined of a cache. */
  readonly dataVolume: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    args: RedisArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Redis", name, {}, opts);
    const { settings, host } = args;
    const password = this.password(`${name}-password`);
    this.monitorPassword = this.password(`${name}-monitor-password`);
    const values = { PASSWORD: password, MONITOR_PASSWORD: this.monitorPassword };
    const files = { workload: "redis", values, ...owner };
    const secrets = new SecretFiles(`${name}-secrets`, files, platform, { parent: this });
    this.dataVolume = isQueue(settings) ? this.data(host, settings, platform) : undefined;
    const server = new Running(
      name,
      {
        ...redisWorkload(settings),
        image: args.image,
        secrets: secrets.volumeName,
        volumes: this.dataVolume === undefined ? [] : [{ name: this.dataVolume, path: "/data" }],
        networks: [{ name: args.network, aliases: [host] }],
      },
      platform,
      { parent: this },
    );
    this.containerName = server.containerName;
    this.url = pulumi.interpolate`redis://app:${password}@${host}:${port}/0`;
    this.registerOutputs({ containerName: this.containerName });
  }

  private password(name: string): pulumi.Output<string> {
    return new random.RandomPassword(name, { length: 32, special: false }, { parent: this }).result;
  }

  private data(host: string, { keepData }: RedisServer, platform: Platform) {
    const role = `redis-${host}-data`;
    const volume = { workload: "redis", role, ...owner, keep: keepData };
    return new OwnedVolume(`${platform.name}-${role}`, volume, platform, { parent: this })
      .volumeName;
  }
}

/** Conditions under which a server counts as healthy. */
export function redisHealth(settings: RedisServer): Health {
  const seconds = startSeconds(settings);
  return {
    test: ["CMD", "/usr/local/bin/healthcheck"],
    interval: "15s",
    timeout: "5s",
    retries: 3,
    startPeriod: `${String(seconds / 2)}s`,
    startTimeout: `${String(seconds)}s`,
  };
}

/** The part of a server's workload that follows from its settings alone. */
export function redisWorkload(settings: RedisServer) {
  return {
    role: "redis",
    user: redisUser,
    env: {
      KIND: settings.for,
      MAXMEMORY: String(maxMemory(settings)),
      FSYNC: settings.appendfsync,
      MAXMEMORY_CLIENTS: String(maxClientMemory(settings)),
      ...(settings.keyspaceEvents === undefined ? {} : { EVENTS: settings.keyspaceEvents }),
    },
    trial: ["/usr/local/bin/verify-start"],
    tmpfs: {
      "/run/valkey": `rw,noexec,nosuid,nodev,size=1m,uid=${String(uids.redis)},gid=${String(uids.redis)}`,
    },
    memory: settings.memory,
    cpus: settings.cpus,
    pids: 64,
    health: redisHealth(settings),
    stopTimeout: "30s",
  };
}
