import { z } from "zod";
import { duration } from "#lib/duration";
import { cpus, port } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { defaultPostgresMajor, postgresMajors } from "#lib/platform";
import { problemText } from "#lib/settings";
import { sizeFrom } from "#lib/size";

const parameter = inClear(
  z.string(),
  "whoever may connect can read it with SHOW, and `docker inspect` shows it",
  "choose a parameter that holds no secret, or one that names a file",
);

const packageName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9+.-]+$/,
    problemText(
      "is not the name of a Debian package",
      "write it as apt-get does, without a version",
    ),
  );

/** The Postgres server of a stack. */
export const postgresSettings = z.strictObject({
  version: z
    .literal(postgresMajors)
    .default(defaultPostgresMajor)
    .describe(
      "Major version of PostgreSQL. 15 and 17 are Debian's; 16 and 18 come from the PostgreSQL project's repository (apt.postgresql.org), unless the sources of `images.base` have them. A data directory of another version is not touched: see `keelson upgrade-postgres`.",
    ),
  packages: z
    .array(packageName)
    .default([])
    .describe(
      "Debian packages with further extensions, such as `postgresql-17-pgvector`: installed in the images of the server, its backups and drills. For every version but 15.",
    ),
  memory: sizeFrom("256MiB")
    .default("512MiB")
    .describe("Memory limit of the container; the server's own settings follow from it."),
  cpus: cpus.default(1).describe("CPU limit."),
  maxConnections: z
    .int()
    .min(20)
    .max(1000)
    .default(100)
    .describe("Limit of connections; each costs memory."),
  reservedConnections: z
    .int()
    .min(5)
    .max(50)
    .default(15)
    .describe("Connections reserved for backups, migrations, monitoring and administration."),
  adminPort: port
    .default(15_432)
    .describe(
      "Port on 127.0.0.1 of the Docker host, for administration; each stack on a host needs its own.",
    ),
  startTimeout: duration
    .default("120s")
    .describe("How long a start may take: crash recovery of a busy database takes minutes."),
  stopTimeout: duration
    .default("120s")
    .describe("How long a stop may take before the server is killed."),
  keepData: z
    .boolean()
    .default(true)
    .describe("Keep the data volume on the host when the stack is destroyed."),
  protect: z.boolean().default(false).describe("Refuse `destroy` as long as this is set."),
  logicalReplication: z
    .boolean()
    .default(false)
    .describe(
      "Logical decoding: `wal_level` is logical, and the app's role may create and read replication slots. A slot that falls 4 GB behind is given up (`max_slot_wal_keep_size`).",
    ),
  tls: z
    .boolean()
    .default(false)
    .describe(
      "TLS: the server makes a certificate for the name `postgres`, from a certificate authority of its own, and renews it without a restart. `app.variables.databaseCa` hands the authority's certificate to the app. Switching it restarts the server.",
    ),
  parameters: z
    .record(z.string(), parameter)
    .default({})
    .describe("Server parameters that win over the computed ones, such as `work_mem: 8MB`."),
});
export type PostgresSettings = z.output<typeof postgresSettings>;
