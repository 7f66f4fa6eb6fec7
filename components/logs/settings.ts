import { z } from "zod";
import { durationUpTo } from "#lib/duration";
import { absolutePath, cpus, domain, port, secretName } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { problemText } from "#lib/settings";
import { sizeFrom } from "#lib/size";

const authority = secretName
  .optional()
  .describe(
    "Name of the secret with the certificates (PEM) by which the receiver's is checked; default: the public authorities.",
  );

const syslog = z.strictObject({
  host: z
    .union([domain, z.ipv4(), z.ipv6()], {
      error: problemText("is not a host", "write the receiver's name or address alone"),
    })
    .describe("Receiver."),
  port: port.default(6514).describe("Its TCP port."),
  tls: z.boolean().default(true).describe("Whether the connection is encrypted."),
  caSecret: authority,
});

const http = z.strictObject({
  url: inClear(
    z.url({
      protocol: /^https?$/,
      error: problemText("is not a URL", "write one that begins with https://"),
    }),
    "it is the receiver's address",
    "write it in clear, and the token as a secret that tokenSecret names",
  )
    .meta({ title: "URL" })
    .describe("Address that takes lines by POST."),
  format: z
    .enum(["json", "lines", "elasticsearch"])
    .default("json")
    .describe(
      "`json`: an array of objects (Datadog, Better Stack); `lines`: an object per line (VictoriaLogs, Vector); `elasticsearch`: the same with an action before each, for an address that ends with `/_bulk`.",
    ),
  header: inClear(
    z
      .string()
      .regex(
        /^[A-Za-z0-9-]{1,64}$/,
        problemText("is not the name of a header", "write one such as DD-API-KEY"),
      ),
    "it is the name of a header",
    "write it in clear, and the token as a secret that tokenSecret names",
  )
    .default("Authorization")
    .describe("Header that has the token; in `Authorization` it stands after `Bearer`."),
  tokenSecret: secretName
    .optional()
    .describe("Name of the secret with the receiver's token; default: none."),
  caSecret: authority,
});

const ship = z.strictObject({
  syslog: syslog
    .optional()
    .describe("Syslog over TCP (RFC 5424), the line's JSON as its message: Papertrail and others."),
  http: http.optional().describe("HTTP, in batches."),
  memory: sizeFrom("64MiB").default("128MiB").describe("Most memory that the shipper may use."),
  cpus: cpus.default(0.5).describe("Processors that it may use."),
});

/** Settings of the logs of a stack. */
export const logsSettings = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe("Whether log lines are kept after their container has been replaced."),
  keep: durationUpTo("365d").default("7d").describe("Time for which lines are kept."),
  size: sizeFrom("64MiB")
    .default("1GiB")
    .describe("Most disk that kept lines may take; the oldest are deleted first."),
  folder: absolutePath
    .default("/var/lib/docker/containers")
    .describe("Folder of the Docker host in which Docker keeps its containers and their logs."),
  memory: sizeFrom("32MiB").default("64MiB").describe("Most memory that the collector may use."),
  cpus: cpus.default(0.5).describe("Processors that it may use."),
  keepData: z
    .boolean()
    .default(true)
    .describe("Whether kept lines stay when this is switched off or the stack destroyed."),
  ship: ship.prefault({}).describe("Where lines are sent as well; default: nowhere."),
});
export type LogsSettings = z.output<typeof logsSettings>;
