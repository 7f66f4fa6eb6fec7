import { z } from "zod";
import { databaseUrlForms } from "#lib/database-url";
import { duration } from "#lib/duration";
import {
  absolutePath,
  argument,
  cpus,
  port,
  secretVariable,
  slug,
  urlPath,
  variableName,
} from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { defaultAppUser, mostReplicas } from "#lib/platform";
import { maybeSecret } from "#lib/sealed";
import { saying } from "#lib/settings";
import { sizeFrom } from "#lib/size";
import { variableText } from "#lib/variable-text";
import { buildSettings } from "./build-settings.js";
import { migrateSettings } from "./migrate-settings.js";

const user = z
  .string()
  .regex(
    /^[1-9]\d*:[1-9]\d*$/,
    saying("is not a user", 'write "<uid>:<gid>" in numbers, neither of them 0'),
  );

const imageReference = inClear(
  z.string().min(1),
  "`docker ps` shows the image's name",
  "write it in clear; a registry's password is given to `docker login`",
);

/** A variable that the platform sets, under the name that the app reads. */
function told(name: string | null, what: string) {
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
  databaseHost: told(null, "the host name of the database"),
  databasePort: told(null, "the port of the database"),
  databaseName: told(null, "the name of the database"),
  databaseUser: told(null, "the database's user, delivered as a secret is"),
  databasePassword: told(null, "the user's password, delivered as a secret is"),
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
  statuses: z
    .array(z.int().min(200).max(499))
    .min(1)
    .optional()
    .describe(
      "Statuses that count as well at both paths. Default: any 2xx. Redirects are not followed.",
    ),
  test: z
    .enum(["http", "image", "outside"])
    .default("http")
    .describe(
      "What tests it within its container. `http`: wget or curl asks `path`. `image`: the image's own HEALTHCHECK. `outside`: nothing, for an image without a shell; it is asked from outside all the same.",
    ),
  command: z
    .array(argument)
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
  image: imageReference
    .optional()
    .describe(
      "Image to run: a digest (`name@sha256:…`), or a tag, which each `up` and `preview` resolves anew. Either this or `build`; the one that a stack says displaces the other of the defaults.",
    ),
  build: buildSettings.optional().describe("What to build the image from."),
  command: z.array(argument).min(1).optional().describe("Command instead of the image's own."),
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
    .record(variableName, maybeSecret(variableText()))
    .prefault({})
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
  secrets: z.array(secretVariable).default([]).describe("Names from `secrets` that it gets."),
  secretsAs: z
    .enum(["files", "environment"])
    .default("files")
    .describe(
      "`files`: /run/secrets/NAME, and NAME_FILE tells where. `environment`: for apps that can't read files; `docker inspect` then shows them.",
    ),
  databaseUrlScheme: z
    .string()
    .regex(
      /^[a-z][a-z0-9+.-]*$/,
      saying("is not a URL's scheme", "write it without ://, such as postgresql+asyncpg or ecto"),
    )
    .default("postgresql")
    .describe(
      "Scheme of the database URL, as the app's library wants it: `postgres`, `postgresql+asyncpg`, `ecto` and the like.",
    ),
  databaseUrlForm: z
    .enum(databaseUrlForms)
    .default("url")
    .describe(
      "How the database URL is written: `url`, `jdbc` (jdbc:postgresql://…), `ado` (Host=…;Port=…), or `keywords` (host=… port=…, as libpq reads it).",
    ),
  databaseUrlParameters: z
    .record(
      z
        .string()
        .regex(
          /^[A-Za-z][A-Za-z0-9_ .-]*$/,
          saying("is not a parameter's name", "use letters, digits, _, -, . and spaces"),
        ),
      inClear(
        z.string(),
        "a parameter of the URL stands in the state",
        "make the whole URL of the parts (app.variables.databaseHost …) in the app",
      ),
    )
    .default({})
    .describe("Parameters of the database URL, such as `sslmode: disable`."),
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
  tmp: z
    .strictObject({
      size: sizeFrom("1MiB")
        .default("64MiB")
        .describe("Most that it may hold, as part of `app.memory`."),
      exec: z.boolean().default(false).describe("Programs in it may be run."),
    })
    .prefault({})
    .describe("The folder /tmp, in memory."),
  tmpfs: z
    .array(absolutePath)
    .default([])
    .describe("Further writable folders, in memory, of 64 MiB each."),
  volumes: z.array(volume).default([]).describe("Folders that outlive the container."),
  stopTimeout: duration
    .default("30s")
    .describe("How long requests in flight may take after SIGTERM."),
});
export type AppSettings = z.output<typeof appSettings>;
