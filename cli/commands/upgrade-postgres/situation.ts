import { upgradeImage } from "#components/images/recipes";
import { packageRoot } from "#lib/package-root";
import { hostNames, type Settings } from "#config";
import { postgresMajors, type PostgresMajor } from "#lib/platform";
import { findData } from "../../stack/data/found.js";
import type { Docker } from "#lib/docker";
import { ourContainers, type OurContainer } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import { collationsOf, stackFlags } from "../../stack/data.js";
import type { Target } from "../../project/target.js";

/** The situation before an upgrade. */
export interface Situation {
  readonly from: PostgresMajor;
  readonly to: PostgresMajor;
  /** Tag of the image with both servers, and how it is built; first the one that it is built on. */
  readonly recipes: readonly { readonly tag: string; readonly build: readonly string[] }[];
  readonly image: string;
  readonly server: OurContainer | undefined;
  readonly backup: OurContainer;
  readonly drill: OurContainer;
  /** The volume of the data. */
  readonly volume: string;
}

/** A stack whose database is to be upgraded. */
export interface UpgradeContext {
  readonly target: Target;
  readonly settings: Settings;
  readonly docker: Docker;
}

/** Finds out what there is to be upgraded. @param back the upgrade is to be undone @throws Failure where nothing is */
export async function situationOf(context: UpgradeContext, back: boolean): Promise<Situation> {
  const { settings, docker, target } = context;
  const { stack } = target;
  refuseSettings(settings);
  const found = await findData(docker, ...hostNames(settings, stack));
  if (found?.major === undefined) {
    throw new Failure(`There are no data of ${stack} on the Docker host to upgrade.`);
  }
  const data = postgresMajors.find((each) => each === found.major);
  if (data === undefined) {
    throw new Failure(
      `The data of ${stack} are of PostgreSQL ${found.major}; only ${postgresMajors.join(" and ")} are known here.`,
    );
  }
  const { version } = settings.postgres;
  const refusal = back ? undoRefusal(data, version) : upgradeRefusal(stack, data, version);
  if (refusal !== undefined) throw new Failure(refusal);
  const containers = await ourContainers(docker, ...hostNames(settings, stack));
  const server = containers.find((each) => each.workload === "postgres");
  // One that refuses its data because of their order does not answer.
  if (!back && data === version && (await answers(docker, server))) {
    if ((await collationsOf(context, stackFlags(target))) === undefined) {
      throw new Failure(
        `There is nothing to upgrade: the data of ${stack} are of PostgreSQL ${data}, as postgres.version says.`,
      );
    }
  }
  const [from, to] = back ? [version, data] : [data, version];
  const { tag, base, build } = upgradeImage(
    { from, to },
    settings.images,
    packageRoot,
    settings.postgres.packages,
  );
  return {
    from,
    to,
    image: tag,
    server,
    volume: found.volume,
    recipes: [base, { tag, build }],
    backup: running(containers, "backup", stack),
    drill: running(containers, "drill", stack),
  };
}

/** Returns true where the server of a stack takes connections. */
export async function answers(docker: Docker, server: OurContainer | undefined): Promise<boolean> {
  if (server?.running !== true) return false;
  return (
    (await docker(["exec", server.id, "pg_isready", "--quiet", "--host=127.0.0.1"])).code === 0
  );
}

/** Returns the reason why data of one version are not upgraded to another; undefined when they may be. */
export function upgradeRefusal(stack: string, data: number, version: number): string | undefined {
  if (data <= version) return undefined;
  return `The data of ${stack} are of PostgreSQL ${data}, and postgres.version is ${version}: PostgreSQL can't be downgraded; set postgres.version to ${data}.`;
}

/** Returns the reason why an upgrade is not undone; undefined when it may be. */
export function undoRefusal(data: number, version: number): string | undefined {
  if (version < data) return undefined;
  return `postgres.version: is ${version}, and the data are of PostgreSQL ${data}; set it to the version that you return to.`;
}

function refuseSettings({ database, images, backup }: Settings): void {
  const problems = [
    ...(database.externalUrlSecret === undefined
      ? []
      : [
          "database.externalUrlSecret: is set, so the database is external; upgrade it where it is.",
        ]),
    ...(["postgres", "backup"] as const).flatMap((name) =>
      images[name] === undefined
        ? []
        : [
            `images.${name}: is set, and an upgrade needs our own image; remove it, or bring the data over with a dump (keelson import).`,
          ],
    ),
    ...(backup.enabled
      ? []
      : [
          "backup.enabled: is false, and an upgrade is rehearsed on what the repository gives back; set it to true and run keelson up with the present version.",
        ]),
    ...(backup.drill.enabled
      ? []
      : [
          "backup.drill.enabled: is false, and an upgrade is rehearsed where drills are; set it to true and run keelson up with the present version.",
        ]),
  ];
  if (problems.length > 0) throw new Failure(problems.join("\n"));
}

function running(containers: readonly OurContainer[], workload: string, stack: string) {
  const found = containers.find((each) => each.workload === workload && each.running);
  if (found !== undefined) return found;
  throw new Failure(
    `The stack ${stack} has no ${workload} container that runs; set postgres.version to that of the data and run keelson up.`,
  );
}
