import type { DataFound } from "./found.js";

/** The data that a stack's settings require. */
export interface DataWanted {
  readonly stack: string;
  /** Major version that the settings name. */
  readonly version: number;
  /** The state says that the stack has had a server. */
  readonly initialised: boolean;
  /** Words that name the stack in a command. */
  readonly flags: string;
}

/** Returns the reason why the server of a stack must not be started on the data in its volume; undefined when it may. */
export function dataProblem(found: DataFound, wanted: DataWanted): string | undefined {
  const { volume, present, major, cluster, known } = found;
  const last = known.at(-1);
  if (major === undefined) {
    if (!wanted.initialised && last === undefined) return undefined;
    const had =
      last === undefined
        ? `the state of ${wanted.stack} says that it has a database`
        : `its repository holds the backups of the cluster ${last}`;
    const where = present ? "holds no data of PostgreSQL" : "is not on this Docker host";
    return (
      `The volume ${volume} ${where}, but ${had}: nothing was changed, and no empty database is made. ` +
      "Bring the volume back, name the Docker host that has it (docker.host), or restore the database from its backups."
    );
  }
  if (cluster !== undefined && last !== undefined && !known.includes(cluster)) {
    return (
      `The volume ${volume} holds the data of the cluster ${cluster}, but the repository of ${wanted.stack} holds the backups of ${last}: ` +
      "nothing was changed. Bring the right volume back, restore the database from its backups, or set the repository's volume aside."
    );
  }
  return major === wanted.version ? undefined : majorProblem(major, wanted);
}

function majorProblem(major: number, { stack, version, flags }: DataWanted): string {
  const differ = `The data of ${stack} are of PostgreSQL ${major}, and postgres.version is ${version}: nothing was changed.`;
  if (major > version) {
    return (
      `${differ} PostgreSQL can't be downgraded: set postgres.version to ${major}. ` +
      `Right after an upgrade, this puts the data of before it back: keelson upgrade-postgres ${flags} --undo`
    );
  }
  return [`${differ} Set it to ${major}, or upgrade:`, ...plan(flags)].join("\n");
}

/** The commands that upgrade a stack, and what they do. */
export function plan(flags: string): string[] {
  return [
    `  keelson upgrade-postgres ${flags} --rehearse`,
    "    restores the newest state from the repository and upgrades that: says how long it takes and what is wrong, and leaves the server alone",
    `  keelson upgrade-postgres ${flags} --apply`,
    "    does it on the data, with the app in maintenance; the data of before are kept alongside the new",
  ];
}
