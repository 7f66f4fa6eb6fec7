import { isQueue, type RedisServer } from "#components/redis/settings";
import { ownerOf, redisUser } from "#lib/platform";
import { duplicates } from "#lib/settings";
import { mebibytes } from "#lib/size";
import { resolved } from "./services.js";
import type { Settings } from "./settings.js";

/** A volume of a stack that may be backed up. */
export interface StackVolume {
  /** Its name in backups: of a service `<service>-<volume>`, of a queue `redis-<name>`. */
  readonly name: string;
  /** Last part of its name on the host: `<app>-<stack>-<role>`. */
  readonly role: string;
  readonly workload: "app" | "service" | "redis";
  /** The user whose its files are, as `uid:gid`. */
  readonly owner: string;
  readonly backup: boolean;
  /** Path of the setting that it comes from. */
  readonly setting: string;
}

/** Volumes of one owner, which one container backs up: nobody else may read them. */
export interface VolumeGroup {
  /** `app` for those of the app's user, else the owner's uid, with the gid where that is another. */
  readonly key: string;
  readonly owner: string;
  readonly volumes: readonly StackVolume[];
}

/** All volumes of a stack that may be backed up. */
export function stackVolumes(settings: Settings): StackVolume[] {
  const { app, services, redis } = settings;
  return [
    ...app.volumes.map(({ name, backup }, index): StackVolume => ({
      name,
      role: `app-${name}`,
      workload: "app",
      owner: app.user,
      backup,
      setting: `app.volumes[${String(index)}].name`,
    })),
    ...Object.entries(services).flatMap(([service, given]) =>
      given.volumes.map(({ name, backup }, index): StackVolume => ({
        name: `${service}-${name}`,
        role: `service-${service}-${name}`,
        workload: "service",
        owner: resolved(given, app).user,
        backup,
        setting: `services.${service}.volumes[${String(index)}].name`,
      })),
    ),
    ...Object.entries(redis)
      .filter(([, server]) => isQueue(server))
      .map(([name, server]): StackVolume => ({
        name: `redis-${name}`,
        role: `redis-${name}-data`,
        workload: "redis",
        owner: redisUser,
        backup: server.backup ?? settings.backup.enabled,
        setting: `redis.${name}`,
      })),
  ];
}

/** Those that are backed up, by their owners; the app's first. */
export function volumeGroups(settings: Settings): VolumeGroup[] {
  const marked = stackVolumes(settings).filter(({ backup }) => backup);
  const owners = [...new Set(marked.map(({ owner }) => owner))];
  return owners.map((owner) => ({
    key: owner === settings.app.user ? "app" : keyOf(owner),
    owner,
    volumes: marked.filter((each) => each.owner === owner),
  }));
}

/** Last part of the names of what backs up a group; the app's has none. */
export function suffixOf({ key }: Pick<VolumeGroup, "key">): string {
  return key === "app" ? "" : `-${key}`;
}

/** Names of those of a group that are of queues. */
export function queuesIn({ volumes }: Pick<VolumeGroup, "volumes">): string[] {
  return volumes.flatMap(({ workload, name }) => (workload === "redis" ? [name] : []));
}

/** The settings of the server of a queue's volume; undefined of another volume. */
export function queueOf(
  { redis }: Pick<Settings, "redis">,
  { workload, name }: Pick<StackVolume, "workload" | "name">,
): RedisServer | undefined {
  return workload === "redis" ? redis[name.replace(/^redis-/, "")] : undefined;
}

/** The memory of the server of a queue in a group that has the most, as settings write it: a drill reads its data; undefined where there is none. */
export function queueMemory(
  { volumes }: Pick<VolumeGroup, "volumes">,
  settings: Pick<Settings, "redis">,
): string | undefined {
  return volumes
    .flatMap((each) => queueOf(settings, each)?.memory ?? [])
    .reduce<string | undefined>((most, each) => larger(most, each), undefined);
}

/** The larger one of two sizes as settings write them. */
export function larger(one: string | undefined, other: string): string {
  return one === undefined || mebibytes(one) < mebibytes(other) ? other : one;
}

/** Returns the contradictions between the names of volumes, on the host and in backups, a line each. */
export function volumeNameProblems(settings: Settings): string[] {
  const all = stackVolumes(settings);
  // Two of the same app or service have a problem of their own.
  const listOf = ({ setting }: StackVolume) => setting.replace(/\[\d+\]\.name$/, "");
  const distinct = [...new Map(all.map((each) => [`${listOf(each)} ${each.name}`, each])).values()];
  const services = distinct.filter(({ workload }) => workload === "service");
  const marked = distinct.filter(({ backup }) => backup);
  const problems = [
    ...duplicates(pairs(services), "volume"),
    ...duplicates(pairs(marked), "name in backups"),
  ];
  return problems.filter((each, index) => {
    const [at] = each.split(": ");
    return problems.findIndex((other) => other.startsWith(`${at ?? ""}: `)) === index;
  });
}

function pairs(volumes: readonly StackVolume[]): [string, string][] {
  return volumes.map(({ setting, name }) => [setting, name]);
}

function keyOf(owner: string): string {
  const { uid, gid } = ownerOf(owner);
  return uid === gid ? String(uid) : `${String(uid)}-${String(gid)}`;
}
