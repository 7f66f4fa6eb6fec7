import { z } from "zod";
import { databaseUrlSchemes } from "#lib/database-url";
import { duration } from "#lib/duration";
import { absolutePath, cpus, port, slug, urlPath, variableName } from "#lib/identifiers";
import { defaultAppUser, mostReplicas } from "#lib/platform";
import { maybeSecret } from "#lib/sealed";
import { saying } from "#lib/settings";
import { sizeFrom } from "#lib/size";
import { migrateSettings } from "./migrate-settings.js";

const user = z
  .string()
  .regex(
    /^[1-9]\d*:[1-9]\d*$/,
    saying("is not a user", 'write "<uid>:<gid>" in numbers, neither of them 0'),
  );

/** A variable that the platform sets, under the name that the app reads. */
function told(name: string, what: string) {
  return variableName.nullable().default(name).describe(`Variable with ${what}.`);
}

const variables = z.strictObject({
  name: told("APP_NAME", "the app's name"),
  environment: told("APP_ENV", "the environment"),
  port: told("PORT", "the port to listen on"),
  logLevel: told("LOG_LEVEL", "the log level"),
  version: told("APP_VERSION", "the version"),
  gitSha: told("GIT_SHA", "the commit"),
  databaseUrl: told("DATABASE_URL", "the URL of the database"),
  poolSize: told("DATABASE_POOL_SIZE", "the size of the connection pool"),
});

const health = z.strictObject({
  path: urlPath
    .default("/health")
    .describe(
      "Path that answers 200 while the process is well; the container's healthcheck asks it.",
    ),
  readyPath: urlPath
    .optional()
    .describe(
      "Path that answers 200 while it can serve; the proxy asks it. Default: the same path.",
    ),
  command: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("Command to run in the container instead of asking `path` with wget or curl."),
  interval: duration.default("5s").describe("Time between two healthchecks."),
  timeout: duration.default("3s").describe("Time after which a healthcheck has failed."),
  retries: z.int().min(1).max(100).default(3).describe("Failures in a row until it is unhealthy."),
  startPeriod: duration
    .default("10s")
    .describe("Failures within this time after the start do not count."),
  startTimeout: duration.default("60s").describe("How long a release waits for it to be healthy."),
});

const volume = z.strictObject({
  name: slug.describe("Its name: last part of its name on the host."),
  path: absolutePath.describe("Where the app finds it."),
  keep: z.boolean().default(true).describe("Keep it on the host when the stack is destroyed."),
  backup: z
    .boolean()
    .default(false)
    .describe("Back it up every day (`backup.volumes`), as uploads are; needs `backup.enabled`."),
});

/** The application. */
export const appSettings = z.strictObject({
  name: slug.describe("Its name: first part of every name on the host."),
  image: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Image to run: a tag, or better a digest (`name@sha256:…`). Either this or `build`; the one that a stack says displaces the other of the defaults.",
    ),
  build: z
    .strictObject({
      context: z
        .string()
        .min(1)
        .describe("Folder of the build context, from the project's folder."),
      dockerfile: z.string().min(1).default("Dockerfile").describe("Dockerfile, from the context."),
      target: z.string().min(1).optional().describe("Stage of the Dockerfile to build."),
      args: z
        .record(variableName, z.string())
        .default({})
        .describe("Build arguments. They stay in the image, so none can be a secret."),
    })
    .optional()
    .describe("What to build the image from."),
  command: z.array(z.string()).min(1).optional().describe("Command instead of the image's own."),
  version: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Version that the app is told; default: APP_VERSION of the environment, else "0.0.0".',
    ),
  gitSha: z
    .string()
    .min(1)
    .optional()
    .describe('Commit that the app is told; default: GIT_SHA of the environment, else "unknown".'),
  port: port.default(3000).describe("Port on which it speaks HTTP inside its container."),
  logLevel: z.string().min(1).default("info").describe("How much it logs, in its own words."),
  env: z
    .record(variableName, maybeSecret(z.string()))
    .default({})
    .describe(
      "Variables of its environment. One that is sealed (`pulumi config set --secret --path`) is delivered as `secretsAs` says.",
    ),
  variables: variables
    .prefault({})
    .describe("Names of the variables that the app reads; null leaves one out."),
  environmentNames: z
    .strictObject({
      local: z.string().min(1).optional().describe("Its word for local."),
      preview: z.string().min(1).optional().describe("Its word for preview."),
      prod: z.string().min(1).optional().describe("Its word for prod."),
    })
    .default({})
    .describe("What the app calls an environment, where it is not our name: `local: dev`."),
  secrets: z.array(variableName).default([]).describe("Names from `secrets` that it gets."),
  secretsAs: z
    .enum(["files", "environment"])
    .default("files")
    .describe(
      "`files`: /run/secrets/NAME, and NAME_FILE tells where. `environment`: for apps that can't read files; `docker inspect` then shows them.",
    ),
  databaseUrlScheme: z
    .enum(databaseUrlSchemes)
    .default("postgresql")
    .describe("Scheme of the database URL, as the app's library wants it."),
  replicas: z
    .int()
    .min(1)
    .max(mostReplicas)
    .default(1)
    .describe(
      "Instances that run side by side and share the load, its volumes and the database; one that dies is not missed.",
    ),
  poolSize: z.int().min(1).max(500).default(10).describe("Connections that one instance may open."),
  health: health.prefault({}).describe("When it counts as healthy."),
  migrate: migrateSettings
    .optional()
    .describe(
      "Command that migrates the database, run in the new image, as the migrator, before the app starts.",
    ),
  memory: sizeFrom("32MiB").default("256MiB").describe("Most memory it may use."),
  cpus: cpus.default(1).describe("Processors it may use."),
  pids: z.int().min(16).max(32_768).default(256).describe("Most processes and threads."),
  user: user.default(defaultAppUser).describe("Uid and gid it runs as."),
  readOnlyRoot: z.boolean().default(true).describe("Only its volumes and /tmp are writable."),
  tmpfs: z.array(absolutePath).default([]).describe("Further writable folders, in memory."),
  volumes: z.array(volume).default([]).describe("Folders that outlive the container."),
  stopTimeout: duration
    .default("30s")
    .describe("How long requests in flight may take after SIGTERM."),
});
export type AppSettings = z.output<typeof appSettings>;
