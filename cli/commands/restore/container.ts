import { hostname } from "node:os";
import { hostNames, nameOfDatabase } from "#config";
import { postgresUser } from "#lib/platform";
import { mebibytes } from "#lib/size";
import type { Docker } from "#lib/docker";
import { ask, hardened, labelArgs, ourContainers, type OurContainer } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import type { Stack } from "../../stack/stack.js";

/** The label of a step's container that names the process which began it, as `<pid>@<host>`. */
export const byLabel = "dev.keelson.by";

/** The containers of a stack that a restore works alongside. */
export interface Neighbours {
  readonly server: Inspected;
  /** Undefined where nothing of it is needed. */
  readonly backup: Inspected | undefined;
}

/** A container, from `docker inspect`. */
export interface Inspected {
  readonly Name: string;
  readonly Image: string;
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
  readonly Mounts: readonly Mount[];
  readonly Config: { readonly Env: readonly string[] };
}

interface Mount {
  readonly Name?: string;
  readonly Destination: string;
}

/** Finds them by their labels. @param needed whether a container of backups has to be there @throws Failure */
export async function neighboursOf(
  { docker, settings, stack }: Stack,
  needed: boolean,
): Promise<Neighbours> {
  const all = await ourContainers(docker, ...hostNames(settings, stack));
  const [server, backup] = await Promise.all([
    inspected(docker, stack, only(all, "postgres"), "server"),
    needed ? inspected(docker, stack, only(all, "backup"), "backup") : undefined,
  ]);
  return { server, backup };
}

/** The network of a step: none, unless the server is reached through one. */
export function networkOf({ server, backup }: Neighbours): string {
  if (backup !== undefined) return "none";
  return (
    Object.keys(server.NetworkSettings.Networks).find((each) => /-data\b/.test(each)) ?? "none"
  );
}

/** Words of `docker run`, up to what differs from step to step. */
export function runArgs({ settings, stack }: Stack, { server, backup }: Neighbours): string[] {
  const volume = (of: Inspected, path: string, access = "") => {
    const mount = of.Mounts.find((each) => each.Destination === path);
    if (mount?.Name === undefined) {
      throw new Failure(`The stack ${stack} keeps nothing at ${path}; run keelson up.`);
    }
    return ["--volume", `${mount.Name}:${path}${access}`];
  };
  // Only backups share the server's socket.
  const env = backup?.Config.Env.filter((each) => /^(PGDATABASE|PGBACKREST_\w+)=/.test(each)) ?? [
    `PGDATABASE=${nameOfDatabase(settings)}`,
    `RESTORE_HOST=${server.Name.replace(/^\//, "")}`,
  ];
  return [
    ...hardened,
    "--user",
    postgresUser,
    "--memory",
    `${String(mebibytes(settings.backup.drill.memory))}m`,
    "--no-healthcheck",
    ...labelArgs(...hostNames(settings, stack), "restore"),
    "--label",
    `${byLabel}=${process.pid}@${hostname()}`,
    ...volume(server, "/var/lib/postgresql/data"),
    ...volume(server, "/run/secrets", ":ro"),
    ...(backup === undefined
      ? []
      : [
          ...volume(server, "/var/run/postgresql"),
          ...volume(server, "/repository", ":ro"),
          ...volume(backup, "/backups"),
          ...volume(backup, "/proofs"),
        ]),
    ...env.flatMap((each) => ["--env", each]),
    "--env",
    `DRILL_CHECKS=${JSON.stringify(settings.backup.drill.checks)}`,
    "--env",
    `RESTORE_EXTENSIONS=${settings.database.extensions.join(" ")}`,
  ];
}

function only(all: readonly OurContainer[], workload: string): OurContainer | undefined {
  return all.find((each) => each.workload === workload);
}

async function inspected(
  docker: Docker,
  stack: string,
  container: OurContainer | undefined,
  what: string,
): Promise<Inspected> {
  if (container === undefined) {
    throw new Failure(`The stack ${stack} has no ${what} container; run keelson up.`);
  }
  const [found] = JSON.parse(await ask(docker, ["inspect", container.id])) as Inspected[];
  if (found === undefined) throw new Failure(`${container.name} is gone; run keelson up.`);
  return found;
}
