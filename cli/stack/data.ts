import { join } from "node:path";
import { hostNames, prefixOf } from "#config";
import { platformImage } from "#components/images/recipes";
import { packageRoot } from "#lib/package-root";
import { shellCommand } from "#lib/shell";
import { buildImage } from "../host/build-image.js";
import { askCollations, collationProblem } from "./data/collations.js";
import { findData } from "./data/found.js";
import { dataProblem } from "./data/problem.js";
import { ourContainers } from "../io/docker.js";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import type { Session } from "./session.js";
import type { Target } from "../project/target.js";

/**
 * Sees to it that the server of a stack may be started on the data that are on the host: they are the stack's own, of
 * the version that the settings name, and in the order that the server's libraries have.
 * @param say where it is given, an image that is missing is built, and collations that it would break are reported, too
 * @throws Failure with what to do
 */
export async function requireData(session: Session, say?: Say): Promise<void> {
  const { settings, docker, target, runner } = session;
  if (settings.database.externalUrlSecret !== undefined) return;
  const { resources } = await runner.recorded();
  const name = `${prefixOf(settings, target.stack)}-postgres-ready`;
  const initialised = resources.some(({ urn }) => urn.endsWith(`::${name}`));
  const found = await findData(docker, ...hostNames(settings, target.stack));
  if (found === undefined) return;
  const wanted = { stack: target.stack, version: settings.postgres.version, initialised };
  const flags = stackFlags(target);
  const problem =
    dataProblem(found, { ...wanted, flags }) ?? (await collationsOf(session, flags, say));
  if (problem !== undefined) throw new Failure(problem);
}

/** Words that name a stack in a command. */
export function stackFlags({ projectDirectory, stack, configFile }: Target): string {
  const usual = configFile === join(projectDirectory, `Pulumi.${stack}.yaml`);
  return shellCommand(["--stack", stack, ...(usual ? [] : ["--config-file", configFile])]);
}

/** Returns the collations that a change of the server's image would put out of order; undefined: none. */
export async function collationsOf(
  { settings, docker, target }: Pick<Session, "settings" | "docker" | "target">,
  flags: string,
  say?: Say,
): Promise<string | undefined> {
  const { images, postgres } = settings;
  const containers = await ourContainers(docker, ...hostNames(settings, target.stack));
  const server = containers.find((each) => each.workload === "postgres" && each.running);
  if (server === undefined) return undefined;
  const { projectDirectory } = target;
  const recipe = platformImage(
    "postgres",
    images,
    packageRoot,
    postgres.version,
    postgres.packages,
  );
  const image = images.postgres ?? recipe.tag;
  if (server.image === image) return undefined;
  if (images.postgres === undefined && say !== undefined) {
    await buildImage(recipe, { projectDirectory, host: settings.docker.host }, say);
  }
  const asked = await askCollations(docker, server, image);
  if (asked === undefined) return undefined;
  return collationProblem(target.stack, flags, asked.ordered, asked.now, asked.next);
}
