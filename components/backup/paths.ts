import type * as pulumi from "@pulumi/pulumi";
import { postgresUser, secretsDirectory } from "#lib/platform";

/** Mount points of the volumes in the containers of backups and drills. */
export const backupPaths = {
  data: "/var/lib/postgresql/data",
  socket: "/var/run/postgresql",
  repository: "/repository",
  spool: "/var/spool/pgbackrest",
  dumps: "/backups",
  proofs: "/proofs",
  drill: "/drill",
  metrics: "/metrics",
  /** Status of the backups of volumes, in the container that watches with a folder for each user that takes them. */
  volumesStatus: "/volumes-status",
} as const;

/** Variables about the database and its repository, for both containers. */
export function repositoryEnvironment(args: {
  readonly database: pulumi.Input<string>;
  readonly configurationFile: string;
}) {
  return {
    PGDATABASE: args.database,
    PGBACKREST_CONFIG: `${secretsDirectory}/${args.configurationFile}`,
    PGBACKREST_STANZA: "main",
  };
}

/** Shows whether the schedules of a container would run; other commands that it needs come after it. */
export const cronTrial: readonly string[] = ["/usr/local/bin/cron", "--check"];

/** Returns the parts that both containers have in common. */
export function scheduledWorkload(
  role: string,
  { memory, cpus }: { readonly memory: string; readonly cpus: number },
) {
  return {
    role,
    memory,
    cpus,
    pids: 100,
    // pgBackRest reads and writes files that are for this uid alone.
    user: postgresUser,
    health: {
      test: ["CMD", "/usr/local/bin/healthcheck"],
      interval: "30s",
      timeout: "5s",
      retries: 3,
      startPeriod: "10s",
      startTimeout: "60s",
    },
    // A dump that has begun may end.
    stopTimeout: "60s",
  };
}
