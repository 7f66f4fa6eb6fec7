import { z } from "zod";
import { databaseUrlSchemes } from "../lib/database-url.js";
import { duration } from "../lib/duration.js";
import { absolutePath, cpus, port, slug, urlPath, variableName } from "../lib/identifiers.js";
import { defaultAppUser } from "../lib/platform.js";
import { saying } from "../lib/settings.js";
import { sizeFrom } from "../lib/size.js";

const user = z
  .string()
  .regex(
    /^[1-9]\d*:[1-9]\d*$/,
    saying("is not a user", 'write "<uid>:<gid>" in numbers, neither of them 0'),
  );

/** Names of the variables that the app reads; null leaves one out. */
const variables = z.strictObject({
  name: variableName.nullable().default("APP_NAME"),
  environment: variableName.nullable().default("APP_ENV"),
  port: variableName.nullable().default("PORT"),
  logLevel: variableName.nullable().default("LOG_LEVEL"),
  version: variableName.nullable().default("APP_VERSION"),
  gitSha: variableName.nullable().default("GIT_SHA"),
  databaseUrl: variableName.nullable().default("DATABASE_URL"),
  poolSize: variableName.nullable().default("DATABASE_POOL_SIZE"),
});

const health = z.strictObject({
  /** Path that answers 200 while the process is well; the container's healthcheck asks it. */
  path: urlPath.default("/health"),
  /** Path that answers 200 while it can serve; the proxy asks it. Default: the same path. */
  readyPath: urlPath.optional(),
  /** Command to run in the container instead of asking `path` with wget or curl. */
  command: z.array(z.string()).min(1).optional(),
  interval: duration.default("5s"),
  timeout: duration.default("3s"),
  retries: z.int().min(1).max(100).default(3),
  /** Failures within this time after the start do not count. */
  startPeriod: duration.default("10s"),
  /** How long a release waits for it to be healthy. */
  startTimeout: duration.default("60s"),
});

const volume = z.strictObject({
  name: slug,
  path: absolutePath,
  /** Keep it on the host when the stack is destroyed. */
  keep: z.boolean().default(true),
});

/** The application. */
export const appSettings = z.strictObject({
  /** Its name: first part of every name on the host. */
  name: slug,
  /** Image to run: a tag, or better a digest (`name@sha256:…`). Either this or `build`. */
  image: z.string().min(1).optional(),
  /** What to build the image from. */
  build: z
    .strictObject({
      /** Folder of the build context, from the project's folder. */
      context: z.string().min(1),
      dockerfile: z.string().min(1).default("Dockerfile"),
      target: z.string().min(1).optional(),
      /** Build arguments. */
      args: z.record(variableName, z.string()).default({}),
    })
    .optional(),
  /** Command instead of the image's own. */
  command: z.array(z.string()).min(1).optional(),
  /** Version that the app is told; default: APP_VERSION of the environment, else "0.0.0". */
  version: z.string().min(1).optional(),
  /** Commit that the app is told; default: GIT_SHA of the environment, else "unknown". */
  gitSha: z.string().min(1).optional(),
  /** Port on which it speaks HTTP inside its container. */
  port: port.default(3000),
  logLevel: z.string().min(1).default("info"),
  /** Plain variables of its environment. */
  env: z.record(variableName, z.string()).default({}),
  variables: variables.prefault({}),
  /** What the app calls an environment, where it is not our name: `local: dev`. */
  environmentNames: z
    .strictObject({
      local: z.string().min(1).optional(),
      preview: z.string().min(1).optional(),
      prod: z.string().min(1).optional(),
    })
    .default({}),
  /** Names from `secrets` that it gets. */
  secrets: z.array(variableName).default([]),
  /** `files`: /run/secrets/NAME, and NAME_FILE tells where. `environment`: for apps that can't read files; `docker inspect` then shows them. */
  secretsAs: z.enum(["files", "environment"]).default("files"),
  /** Scheme of the database URL, as the app's library wants it. */
  databaseUrlScheme: z.enum(databaseUrlSchemes).default("postgresql"),
  /** Connections that one instance may open. */
  poolSize: z.int().min(1).max(500).default(10),
  health: health.prefault({}),
  /** Command that migrates the database, run in the new image, as the migrator, before the app starts. */
  migrate: z
    .strictObject({
      command: z.array(z.string()).min(1),
      timeout: duration.default("10m"),
    })
    .optional(),
  memory: sizeFrom("32MiB").default("256MiB"),
  cpus: cpus.default(1),
  /** Most processes and threads. */
  pids: z.int().min(16).max(32_768).default(256),
  user: user.default(defaultAppUser),
  /** Only its volumes and /tmp are writable. */
  readOnlyRoot: z.boolean().default(true),
  /** Further writable folders, in memory. */
  tmpfs: z.array(absolutePath).default([]),
  volumes: z.array(volume).default([]),
  /** How long requests in flight may take after SIGTERM. */
  stopTimeout: duration.default("30s"),
});
export type AppSettings = z.output<typeof appSettings>;
