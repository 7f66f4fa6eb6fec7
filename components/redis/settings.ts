import { z } from "zod";
import { cpus, slug, variableName } from "#lib/identifiers";
import { problem, problemText } from "#lib/settings";
import { mebibytes, sizeFrom } from "#lib/size";

/** A Redis server of a stack, which is Valkey. */
export const redisServer = z.strictObject({
  for: z
    .enum(["cache", "queue"])
    .describe(
      "cache: least recently used keys are evicted, and a restart loses all data. queue: nothing is evicted, writes fail when memory is full, and an acknowledged write survives a crash.",
    ),
  variable: variableName
    .nullable()
    .default("REDIS_URL")
    .describe("Name of the variable with the URL, delivered as a secret is; null: none."),
  appendfsync: z
    .enum(["always", "everysec"])
    .default("always")
    .describe(
      "Of a queue: when a write is on disk. always: before it is acknowledged. everysec: up to two seconds later.",
    ),
  memory: sizeFrom("32MiB")
    .default("128MiB")
    .describe(
      "Memory limit of the container; of a cache three quarters of it are data, of a queue half.",
    ),
  cpus: cpus.default(1).describe("CPU limit."),
  keyspaceEvents: z
    .string()
    .regex(
      /^(?=.*[KE])[KEg$lshzxetdmnA]+$/,
      problemText(
        "is not a list of classes of events",
        "write K or E and the classes as notify-keyspace-events takes them, such as Ex",
      ),
    )
    .optional()
    .describe(
      "Classes of keyspace events that clients can subscribe to, as `notify-keyspace-events` takes them: `Ex` for keys that expire. Clients may not set it themselves. Default: none.",
    ),
  keepData: z
    .boolean()
    .default(true)
    .describe("Of a queue: whether its data stay when the stack is destroyed."),
  backup: z
    .boolean()
    .optional()
    .describe(
      "Of a queue: whether its volume is backed up, drilled and restored as those of `app.volumes` are (`backup.volumes` says when). Default: true where there are backups (`backup.enabled`).",
    ),
});
export type RedisServer = z.output<typeof redisServer>;

/** The Redis servers of a stack by their names, which are their host names as well. */
export const redisSettings = z.record(slug, redisServer);
export type RedisSettings = z.output<typeof redisSettings>;

/** Host names on a stack's networks that are taken. */
const taken = ["app", "postgres", "proxy", "localhost"];

/**
 * Returns the contradictions between the settings of Redis servers, a line each.
 *
 * @param backups whether the stack has backups
 */
export function redisProblems(redis: RedisSettings, backups: boolean): string[] {
  return Object.entries(redis).flatMap(([name, server]) => [
    ...(taken.includes(name)
      ? [problem(`redis.${name}`, "is the host name of another container", "give it another name")]
      : []),
    ...backupProblems(`redis.${name}.backup`, server, backups),
  ]);
}

function backupProblems(at: string, server: RedisServer, backups: boolean): string[] {
  if (server.backup !== true) return [];
  if (!isQueue(server)) {
    return [problem(at, "is true, and a cache keeps nothing on disk", "remove it")];
  }
  if (backups) return [];
  return [problem(at, "is true, and backup.enabled is not", "set both to the same")];
}

/** True for a server whose data are on a volume. */
export function isQueue({ for: kind }: Pick<RedisServer, "for">): boolean {
  return kind === "queue";
}

/** Variables that pass their URLs to the app, with the setting of each. */
export function redisVariables(redis: RedisSettings): [setting: string, variable: string][] {
  return Object.entries(redis).flatMap(([name, { variable }]): [string, string][] =>
    variable === null ? [] : [[`redis.${name}.variable`, variable]],
  );
}

/** Bytes that all clients may send and receive at a time: half of what the data leave. With less, a task of a few megabytes ends its connection. */
export function maxClientMemory(server: RedisServer): number {
  return Math.floor((mebibytes(server.memory) * 1024 ** 2 - maxMemory(server)) / 2);
}

/** Seconds that the start of a server may take, in which it reads its log: a queue's is up to twice its data, at 10 MiB a second at worst. */
export function startSeconds(server: RedisServer): number {
  return isQueue(server) ? Math.max(120, Math.ceil(mebibytes(server.memory) / 10)) : 120;
}

/** Bytes of data that a server may hold. The log of a queue is rewritten by a copy of the process, which needs as much again at worst. */
export function maxMemory({ for: kind, memory }: RedisServer): number {
  return Math.floor(mebibytes(memory) * 1024 ** 2 * (kind === "cache" ? 0.75 : 0.5));
}
