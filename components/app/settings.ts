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
  variableName,
} from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { defaultAppUser, mostReplicas } from "#lib/platform";
import { maybeSecret } from "#lib/sealed";
import { problemText } from "#lib/settings";
import { sizeFrom } from "#lib/size";
import { variableText } from "#lib/variable-text";
import { metricsSettings } from "#workload/metrics";
import {
  buildSettings,
  imageReference,
  tmpSettings,
  user,
  volumeSettings,
} from "#workload/settings";
import { devSettings } from "./dev-settings.js";
import { healthSettings } from "./health-settings.js";
import { migrateSettings } from "./migrate-settings.js";

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
  databaseCa: told(null, "the database's certificate authority (PEM), delivered as a secret is"),
  poolSize: told("DATABASE_POOL_SIZE", "the size of the connection pool"),
  trustedProxies: told(
    null,
    "the address ranges that the proxy's requests come from, with commas between",
  ),
});

/** The application. */
export const appSettings = z.strictObject({
  name: slug.describe("Name of the application: first part of every name on the host."),
  image: imageReference
    .optional()
    .describe(
      "Image to run: a digest (`name@sha256:…`), or a tag, which each `up` and `preview` resolves again. Either this or `build`; the one set by a stack replaces the other in the defaults.",
    ),
  build: buildSettings("app.build").optional().describe("What to build the image from."),
  command: z.array(argument).min(1).optional().describe("Command instead of the image's own."),
  dev: devSettings
    .optional()
    .describe("Work on the app with its sources mounted; for the environment `local` alone."),
  version: z
    .string()
    .min(1)
    .optional()
    .describe('Version passed to the app; default: APP_VERSION of the environment, else "0.0.0".'),
  gitSha: z
    .string()
    .min(1)
    .optional()
    .describe('Commit passed to the app; default: GIT_SHA of the environment, else "unknown".'),
  port: port.default(3000).describe("Port on which the app listens for HTTP inside its container."),
  logLevel: z.string().min(1).default("info").describe("Log level, passed to the app unchanged."),
  env: z
    .record(variableName, maybeSecret(variableText()))
    .prefault({})
    .describe(
      "Environment variables of the app; `$domain`, `$url`, `$environment`, `$version` and `$gitSha` in one stand for the stack's, `$$domain` for itself. One that is sealed (`pulumi config set --secret --path`) is delivered as `secretsAs` says.",
    ),
  variables: variables
    .prefault({})
    .describe("Names of the variables that the app reads; null leaves one out."),
  environmentNames: z
    .strictObject({
      local: z.string().min(1).optional().describe("The app's name for local."),
      preview: z.string().min(1).optional().describe("The app's name for preview."),
      prod: z.string().min(1).optional().describe("The app's name for prod."),
    })
    .default({})
    .describe("The app's own names of the environments, where they differ: `local: dev`."),
  secrets: z
    .array(secretVariable)
    .default([])
    .describe("Names from `secrets` delivered to the app."),
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
      problemText(
        "is not a URL's scheme",
        "write it without ://, such as postgresql+asyncpg or ecto",
      ),
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
          problemText("is not a parameter's name", "use letters, digits, _, -, . and spaces"),
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
    .describe("Number of containers that share the load, the volumes and the database."),
  metrics: metricsSettings("app")
    .optional()
    .describe("The app's own metrics, which monitoring reads from each of its containers."),
  poolSize: z.int().min(1).max(500).default(10).describe("Connections that one instance may open."),
  health: healthSettings.prefault({}).describe("Health checks of the app."),
  migrate: migrateSettings
    .optional()
    .describe(
      "Command that migrates the database, run in the new image, as the migrator, before the app starts.",
    ),
  memory: sizeFrom("32MiB").default("256MiB").describe("Memory limit of the container."),
  cpus: cpus.default(1).describe("CPU limit."),
  pids: z.int().min(16).max(32_768).default(256).describe("Limit of processes and threads."),
  user: user.default(defaultAppUser).describe("User and group id of the process: `uid:gid`."),
  readOnlyRoot: z
    .boolean()
    .default(true)
    .describe("Mount the root file system read-only: only volumes, tmpfs and /tmp are writable."),
  tmp: tmpSettings("app.memory").prefault({}).describe("The folder /tmp, in memory."),
  tmpfs: z
    .array(absolutePath)
    .default([])
    .describe("Further writable folders, in memory, of 64 MiB each."),
  volumes: z.array(volumeSettings).default([]).describe("Folders that outlive the container."),
  stopTimeout: duration
    .default("30s")
    .describe("Time between SIGTERM and SIGKILL, for requests in flight."),
});
export type AppSettings = z.output<typeof appSettings>;
