import { z } from "zod";
import { duration } from "#lib/duration";
import {
  absolutePath,
  argument,
  cpus,
  domain,
  pathBeginning,
  port,
  secretVariable,
  slug,
  urlPath,
  variableName,
} from "#lib/identifiers";
import { mostReplicas } from "#lib/platform";
import { maybeSecret } from "#lib/sealed";
import { problemText } from "#lib/settings";
import { sizeFrom } from "#lib/size";
import { variableText } from "#lib/variable-text";
import { metricsSettings } from "#workload/metrics";
import {
  buildSettings,
  healthTimes,
  imageReference,
  tmpSettings,
  user,
  volumeSettings,
} from "#workload/settings";

const health = z.strictObject({
  command: z
    .array(argument)
    .min(1)
    .optional()
    .describe("Command that ends with 0 while the process is well; runs in the container."),
  path: urlPath
    .optional()
    .describe("Path that answers 2xx at `port` while the process is well, by wget or curl."),
  ...healthTimes(
    " Without `command` and `path`: how long the process has to run without a restart to count as healthy.",
  ),
});

const serviceRoute = z.strictObject({
  host: domain.optional().describe("Host name, one of `proxy.domains`; default: each of them."),
  path: pathBeginning
    .optional()
    .describe(
      "Beginning of the path in whole parts: `/api` is for /api and /api/users. Default: all.",
    ),
  stripPrefix: z
    .boolean()
    .default(false)
    .describe("Cut `path` off before the service gets the request; it is in `X-Forwarded-Prefix`."),
});
export type ServiceRoute = z.output<typeof serviceRoute>;

/** A further process of the application: a worker, a scheduler, a tool that other processes call. */
export const serviceSettings = z.strictObject({
  inherit: z
    .boolean()
    .default(true)
    .describe(
      "Start from the app's image, environment, secrets, database URL, Redis URLs, user, log level and file system settings; `env` and `secrets` add to them. false: start empty.",
    ),
  image: imageReference
    .optional()
    .describe("Image to run instead of the app's. Either this or `build`."),
  build: buildSettings("services.<name>.build")
    .optional()
    .describe("What to build an image of its own from."),
  command: z
    .array(argument)
    .min(1)
    .optional()
    .describe(
      "Command instead of the image's own, one list item per argument. Required with the app's image.",
    ),
  exclusive: z
    .boolean()
    .default(false)
    .describe(
      "Never run two at once: a release stops the old container before it starts the new one, and starts the old one again if the new one fails. For schedulers, and for the one writer of a volume.",
    ),
  replicas: z
    .int()
    .min(1)
    .max(mostReplicas)
    .default(1)
    .describe("Number of containers that share the work."),
  port: port
    .optional()
    .describe("Port on which it listens; other processes reach it at `http://<name>:<port>`."),
  routes: z
    .array(serviceRoute)
    .default([])
    .describe(
      "What the proxy leads to this service instead of to the app; needs `port`. Of several routes that match, the one with the longest path wins, then one with a host.",
    ),
  env: z
    .record(variableName, maybeSecret(variableText()))
    .prefault({})
    .describe("Environment variables, over those that it inherits."),
  secrets: z
    .array(secretVariable)
    .default([])
    .describe("Names from `secrets` delivered to it, besides those that it inherits."),
  secretsAs: z
    .enum(["files", "environment"])
    .optional()
    .describe("How secrets are delivered. Default: `app.secretsAs`; `files` without `inherit`."),
  logLevel: z.string().min(1).optional().describe("Log level. Default: `app.logLevel`."),
  poolSize: z
    .int()
    .min(0)
    .max(500)
    .optional()
    .describe(
      "Database connections that one container may open. Default: `app.poolSize`; 0 without `inherit`.",
    ),
  health: health.prefault({}).describe("When it counts as healthy."),
  metrics: metricsSettings("services.<name>")
    .optional()
    .describe("Its own metrics, which monitoring reads from each of its containers."),
  memory: sizeFrom("16MiB").default("256MiB").describe("Memory limit of each container."),
  cpus: cpus.default(1).describe("CPU limit of each container."),
  pids: z.int().min(16).max(32_768).default(256).describe("Limit of processes and threads."),
  user: user
    .optional()
    .describe("User and group id of the process: `uid:gid`. Default: `app.user`."),
  readOnlyRoot: z
    .boolean()
    .optional()
    .describe(
      "Mount the root file system read-only. Default: `app.readOnlyRoot`; true without `inherit`.",
    ),
  tmp: tmpSettings("services.<name>.memory")
    .optional()
    .describe("The folder /tmp, in memory. Default: `app.tmp`; 64 MiB without `inherit`."),
  tmpfs: z
    .array(absolutePath)
    .optional()
    .describe(
      "Further writable folders, in memory, of 64 MiB each. Default: `app.tmpfs`; none without `inherit`.",
    ),
  volumes: z
    .array(volumeSettings)
    .default([])
    .describe("Folders that outlive the container, of this service alone."),
  stopSignal: z
    .string()
    .regex(
      /^SIG[A-Z0-9]{2,10}$/,
      problemText("is not a signal", "write its name, such as SIGTERM, SIGINT or SIGQUIT"),
    )
    .optional()
    .describe("Signal that asks the process to stop. Default: the image's own, else SIGTERM."),
  stopTimeout: duration
    .default("30s")
    .describe("Time between `stopSignal` and SIGKILL, for the task in hand."),
});
export type ServiceSettings = z.output<typeof serviceSettings>;

/** The services of a stack by their names, which are their host names as well. */
export const servicesSettings = z.record(slug, serviceSettings);
export type ServicesSettings = z.output<typeof servicesSettings>;
