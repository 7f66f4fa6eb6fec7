import { z } from "zod";
import { cron } from "#lib/cron";
import { duration } from "#lib/duration";
import { cpus } from "#lib/identifiers";
import { saying } from "#lib/settings";
import { sizeFrom } from "#lib/size";

const keep = z.strictObject({
  daily: z.int().min(1).max(365).default(7).describe("Days."),
  weekly: z.int().min(0).max(104).default(4).describe("Weeks."),
  monthly: z.int().min(0).max(120).default(6).describe("Months."),
});

const secretName = z.string().min(1);

/** A watcher outside; each of them expects something at other times. */
const heartbeat = (told: string) =>
  secretName
    .optional()
    .describe(`Name of a secret with a heartbeat URL (healthchecks.io style), ${told}.`);

/** A value in pgBackRest's configuration: it is one line, and nothing in it may begin another. */
const word = (pattern: RegExp, what: string, advice: string) =>
  z.string().regex(pattern, saying(`is not ${what}`, advice));

/** A place away from the host, which speaks S3. */
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
  ).describe("The bucket, which has to be there."),
  region: word(/^[A-Za-z0-9-]+$/, "a region", "write it as in eu-central-1").describe(
    "Its region; services without regions take any word.",
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
    .describe("Switches drills off; then nothing says whether a backup can be restored."),
  latest: cron
    .default("0 3 * * *")
    .describe("When to restore to the newest moment that the archive can give back, in UTC."),
  random: cron
    .default("0 4 * * 0")
    .describe("When to restore to any moment of the window, in UTC."),
  offsite: cron
    .default("0 5 1 * *")
    .describe(
      "When to restore from each repository away from the host alone, with nothing local, in UTC.",
    ),
  maxRpo: duration
    .default("5m")
    .describe("How far back the newest restorable moment may lie before the drill fails."),
  checks: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("What it is about."),
        sql: z.string().min(1).describe("One query, which gives one `true`."),
      }),
    )
    .default([])
    .describe("Questions to ask of the restored database, besides Keelson's own."),
  heartbeatSecret: heartbeat("told of each drill's start, and of whether it proved the backups"),
  memory: sizeFrom("256MiB").default("512MiB").describe("Most memory it may use."),
  cpus: cpus.default(1).describe("Processors it may use."),
});

const verify = z.strictObject({
  schedule: cron.default("0 6 * * 0").describe("When, in UTC."),
  heartbeatSecret: heartbeat("told of each verification's start, success and failure"),
});

const watch = z.strictObject({
  heartbeatSecret: heartbeat(
    "told every minute that all is well, or what is not: an old backup or proof, WAL that is not archived, a disk that fills up",
  ),
});

/** Backups of the database: dumps, physical backups with their WAL, and drills. */
export const backupSettings = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe("Switches backups off; the data is then one disk away from lost."),
  schedule: cron.default("0 2 * * *").describe("When to dump, in UTC."),
  keep: keep
    .prefault({})
    .describe(
      "How many dumps to keep: the newest of each of so many days, weeks and months. The last good one always stays.",
    ),
  full: cron.default("0 1 * * 0").describe("When to take a full physical backup, in UTC."),
  differential: cron
    .default("0 1 * * 1-6")
    .describe("When to take a differential one: what changed since the last full one, in UTC."),
  volumes: cron
    .default("30 2 * * *")
    .describe(
      "When to back up the volumes of the app that say `backup: true`, in UTC. They are kept as long as dumps.",
    ),
  window: duration
    .default("14d")
    .describe(
      "How far back the database can be restored to any moment. Two full backups that a drill has proven stay in any case.",
    ),
  passphraseSecret: secretName
    .optional()
    .describe(
      "Name of a secret with the passphrase of the repositories; default: made once. Required beside `repositories`. It can't be changed.",
    ),
  repositories: z
    .array(repository)
    .max(3)
    .default([])
    .describe("Places away from the host (S3) that get every physical backup and all WAL, too."),
  drill: drill.prefault({}).describe("Restores, by themselves, that prove the backups."),
  verify: verify
    .prefault({})
    .describe("Reads all that is stored, and compares it with its checksums."),
  watch: watch.prefault({}).describe("Looks every minute whether something is wrong."),
  heartbeatSecret: heartbeat("told of each backup's start, success and failure"),
  timeout: duration
    .default("12h")
    .describe("How long a backup, drill or verification may take before it is ended as failed."),
  memory: sizeFrom("64MiB").default("256MiB").describe("Most memory it may use."),
  cpus: cpus.default(0.5).describe("Processors it may use."),
  keepData: z
    .boolean()
    .default(true)
    .describe("Keep dumps and repository on the host when the stack is destroyed."),
  protect: z.boolean().default(false).describe("Refuse `destroy` as long as this is set."),
});
export type BackupSettings = z.output<typeof backupSettings>;
