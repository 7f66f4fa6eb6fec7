import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ownerOf, uids } from "#lib/platform";
import type { Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { SecretFiles } from "#workload/secret-files";
import { OwnedVolume } from "#workload/volume";
import { maxMemory, type RedisServer } from "./redis/settings.js";

export interface RedisArgs {
  /** Its host name on the data network. */
  readonly host: string;
  readonly settings: RedisServer;
  readonly image: pulumi.Input<string>;
  /** Name of the data network. */
  readonly network: pulumi.Input<string>;
  /** User who backs up volumes, as `uid:gid`, and as whom a queue that is backed up runs. */
  readonly backupUser: string;
}

const port = 6379;
const ownUser = `${String(uids.redis)}:${String(uids.redis)}`;

/** A Redis server (Valkey), for a cache or a queue. */
export class Redis extends pulumi.ComponentResource {
  /** The container's name, known once it is healthy. */
  readonly containerName: pulumi.Output<string>;
  /** `redis://app:<password>@<host>:6379/0`, known once it is healthy; secret. */
  readonly url: pulumi.Output<string>;
  /** Name on the host of the volume that is to be backed up; undefined where none is. */
  readonly backedUp: pulumi.Output<string> | undefined;
  /** Password of the user `monitor`, who reads figures and no data; secret. */
  readonly monitorPassword: pulumi.Output<string>;

  constructor(
    name: string,
    args: RedisArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Redis", name, {}, opts);
    const { settings, host, backupUser } = args;
    const user = settings.backup ? backupUser : ownUser;
    const formerly = settings.backup ? ownUser : backupUser;
    const password = this.password(`${name}-password`);
    this.monitorPassword = this.password(`${name}-monitor-password`);
    const values = { PASSWORD: password, MONITOR_PASSWORD: this.monitorPassword };
    const files = { workload: "redis", values, ...ownerOf(user) };
    const secrets = new SecretFiles(`${name}-secrets`, files, platform, { parent: this });
    const kept = settings.for === "queue";
    const data = kept ? this.data(host, settings, { user, formerly }, platform) : undefined;
    this.backedUp = settings.backup ? data : undefined;
    const server = new Running(
      name,
      {
        ...redisWorkload(settings, user),
        image: args.image,
        secrets: secrets.volumeName,
        volumes: data === undefined ? [] : [{ name: data, path: dataFolder(settings) }],
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

  private data(
    host: string,
    { keepData }: RedisServer,
    { user, formerly }: { readonly user: string; readonly formerly: string },
    platform: Platform,
  ): pulumi.Output<string> {
    const role = `redis-${host}-data`;
    const volume = {
      workload: "redis",
      role,
      ...ownerOf(user),
      formerly: ownerOf(formerly).uid,
      keep: keepData,
    };
    return new OwnedVolume(`${platform.name}-${role}`, volume, platform, { parent: this })
      .volumeName;
  }
}

/** Docker gives an empty volume the owner of the image's own folder, which is the image's user. */
function dataFolder({ backup }: RedisServer): string {
  return backup ? "/queue" : "/data";
}

/** The part of a server's workload that follows from its settings alone. @param user as whom it runs, as `uid:gid` */
export function redisWorkload(settings: RedisServer, user: string) {
  const { uid, gid } = ownerOf(user);
  return {
    role: "redis",
    ...(settings.backup ? { command: ["--dir", dataFolder(settings)] } : {}),
    user,
    env: {
      KIND: settings.for,
      MAXMEMORY: String(maxMemory(settings)),
      FSYNC: settings.appendfsync,
    },
    trial: ["/usr/local/bin/verify-start"],
    tmpfs: {
      "/run/valkey": `rw,noexec,nosuid,nodev,size=1m,uid=${String(uid)},gid=${String(gid)}`,
    },
    memory: settings.memory,
    cpus: settings.cpus,
    pids: 64,
    health: {
      test: ["CMD", "/usr/local/bin/healthcheck"],
      // Reading a long log of writes takes its time.
      interval: "15s",
      timeout: "5s",
      retries: 3,
      startPeriod: "60s",
      startTimeout: "120s",
    },
    stopTimeout: "30s",
  };
}
