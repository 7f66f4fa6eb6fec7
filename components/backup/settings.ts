import { z } from "zod";
import { cron } from "#lib/cron";
import { duration } from "#lib/duration";
import { cpus, secretName } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { problemText } from "#lib/settings";
import { sizeFrom } from "#lib/size";

const keep = z.strictObject({
  daily: z.int().min(1).max(365).default(7).describe("Days."),
  weekly: z.int().min(0).max(104).default(4).describe("Weeks."),
  monthly: z.int().min(0).max(120).default(6).describe("Months."),
});

/** A watcher outside; each of them expects something at other times. */
const heartbeat = (told: string) =>
  secretName
    .optional()
    .describe(`Name of a secret with a heartbeat URL (healthchecks.io style), ${told}.`);

const query = inClear(
  z.string().min(1),
  "a drill's report and the server's log show its queries",
  "compare with something that is no secret, such as a count",
);

/** A value in pgBackRest's configuration: it is one line, and nothing in it may begin another. */
const word = (pattern: RegExp, what: string, advice: string) =>
  z.string().regex(pattern, problemText(`is not ${what}`, advice));

/** An off-site place, which speaks S3. */
const repository = z.strictObject({
  endpoint: word(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9]\d{0,4})?$/,
    "a host",
    "write the host name alone, with a port where it is not 443, such as s3.eu-central-1.amazonaws.com",
  ).describe(
    "Host name of the S3 service, with its port where that is not 443. It has to speak TLS.",
  ),
  bucket: word(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "a bucket's name",
    "use 3 to 63 lower-case letters, digits, dots and hyphens",
  ).describe("Existing bucket."),
  region: word(/^[A-Za-z0-9-]+$/, "a region", "write it as in eu-central-1").describe(
    "Region; services without regions accept any value.",
  ),
  prefix: word(
    /^(\/[A-Za-z0-9._-]+)+$/,
    "a path in a bucket",
    "start it with / and use letters, digits, dots, _ and -",
  )
    .optional()
    .describe("Folder in the bucket; default: `/<app>-<stack>`. No two stacks share one."),
  uriStyle: z
    .enum(["host", "path"])
    .default("host")
    .describe(
      "Whether the bucket is part of the host name or of the path (`path` for most self-hosted services).",
    ),
  caSecret: secretName
    .optional()
    .describe(
      "Name of a secret with the certificate authority of the service, in PEM, where it is not a public one.",
    ),
  accessKeySecret: secretName.describe("Name of the secret with the access key's id."),
  secretKeySecret: secretName.describe("Name of the secret with the access key itself."),
});
export type OffsiteRepository = z.output<typeof repository>;

const drill = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      "Restore drills on or off. Without them nothing proves that a backup can be restored.",
    ),
  latest: cron
    .default("0 3 * * *")
    .describe("When to restore to the newest point in time in the archive, in UTC."),
  random: cron
    .default("0 4 * * 0")
    .describe("When to restore to a random point in time of the window, in UTC."),
  offsite: cron
    .default("0 5 1 * *")
    .describe("When to restore from each off-site repository alone, with nothing local, in UTC."),
  maxRpo: duration
    .default("5m")
    .describe("Maximum age of the newest restorable point in time (RPO); beyond, the drill fails."),
  checks: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("Name of the check."),
        sql: query.describe("Query that returns a single `true`."),
      }),
    )
    .default([])
    .describe("Checks of the restored database, in addition to Keelson's own."),
  heartbeatSecret: heartbeat("pinged on each drill's start, success and failure"),
  memory: sizeFrom("256MiB").default("512MiB").describe("Memory limit of the container."),
  cpus: cpus.default(1).describe("CPU limit."),
});

const verify = z.strictObject({
  schedule: cron.default("0 6 * * 0").describe("When, in UTC."),
  heartbeatSecret: heartbeat("pinged on each verification's start, success and failure"),
});

const watch = z.strictObject({
  heartbeatSecret: heartbeat(
    "pinged every minute with success, or with what is wrong: an old backup or proof, WAL not archived, a disk filling up",
  ),
});

/** Backups of the database: dumps, physical backups with their WAL, and drills. */
export const backupSettings = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe("Backups on or off. Without them the loss of one disk loses the data."),
  schedule: cron.default("0 2 * * *").describe("When to dump, in UTC."),
  keep: keep
    .prefault({})
    .describe(
      "How many dumps to keep: the newest of each of so many days, weeks and months. The last good one always stays.",
    ),
  full: cron.default("0 1 * * 0").describe("When to take a full physical backup, in UTC."),
  differential: cron
    .default("0 1 * * 1-6")
    .describe(
      "When to take a differential physical backup (changes since the last full one), in UTC.",
    ),
  volumes: cron
    .default("30 2 * * *")
    .describe("When to back up volumes with `backup: true`, in UTC. Retention is that of dumps."),
  window: duration
    .default("14d")
    .describe(
      "How far back the database can be restored to any point in time. The two newest full backups proven by a drill are always kept.",
    ),
  passphraseSecret: secretName
    .optional()
    .describe(
      "Name of a secret with the passphrase of the repositories; default: made once. Required with `repositories`. It can't be changed.",
    ),
  repositories: z
    .array(repository)
    .max(3)
    .default([])
    .describe("Off-site repositories (S3) that also receive every physical backup and all WAL."),
  drill: drill.prefault({}).describe("Restore drills: automatic restores that prove the backups."),
  verify: verify
    .prefault({})
    .describe("Verification: reads all stored files and compares their checksums."),
  watch: watch.prefault({}).describe("Monitoring of the backups, every minute."),
  heartbeatSecret: heartbeat("pinged on each backup's start, success and failure"),
  timeout: duration.default("12h").describe("Time limit of a backup, drill or verification."),
  memory: sizeFrom("64MiB").default("256MiB").describe("Memory limit of the container."),
  cpus: cpus.default(0.5).describe("CPU limit."),
  keepData: z
    .boolean()
    .default(true)
    .describe("Keep dumps and repository on the host when the stack is destroyed."),
  protect: z.boolean().default(false).describe("Refuse `destroy` as long as this is set."),
});
export type BackupSettings = z.output<typeof backupSettings>;
