import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { namesOf, type Settings } from "#config";
import { dockerAt, type Docker } from "#lib/docker";
import { isSameRepository, taggedImage, type TaggedImage } from "#lib/image-reference";
import { askRegistry } from "#lib/registry";
import { stackLabels } from "#workload/platform";

/** The image that a tag stands for now. */
export interface FoundImage {
  readonly image: string;
  /** The tag, where it was resolved to something else. */
  readonly tag?: string;
}

/** An image on the Docker host. */
interface Local {
  readonly id: string;
  /** `<repository>@<digest>`, of registries that it came from or went to. */
  readonly digests: readonly string[];
}

/** The live image, and the name that its container has of it. */
interface Live extends Local {
  readonly name: string;
}

/**
 * Resolves a tag that `app.image` names: to the digest that its registry gives it now, or to the image's id where it is
 * on the Docker host alone and the tag was moved. What serves keeps its name while it is the same image. Where nobody
 * can be asked the tag stays as it is, which is said.
 * @param docker stands in for the Docker command in tests
 * @returns undefined where the settings name no tag
 */
export function resolveAppImage(
  settings: Settings,
  stack: string,
  docker: Docker = dockerAt(settings.docker.host),
): Promise<FoundImage> | undefined {
  const reference = settings.app.image;
  const tagged = reference === undefined ? undefined : taggedImage(reference);
  if (reference === undefined || tagged === undefined) return undefined;
  return find(reference, tagged, { settings, stack, docker });
}

async function find(
  reference: string,
  tagged: TaggedImage,
  { settings, stack, docker }: { settings: Settings; stack: string; docker: Docker },
): Promise<FoundImage> {
  const local = await localImage(docker, reference);
  const live = await liveImage(docker, settings, stack);
  const wanted =
    (await remoteImage(docker, reference, tagged, local)) ?? localName(reference, local, live);
  const image = live !== undefined && isLive(wanted, live, local) ? live.name : wanted;
  return image === reference ? { image } : { image, tag: reference };
}

/** The image by its digest; undefined where it came from no registry, or that does not say. */
async function remoteImage(
  docker: Docker,
  reference: string,
  tagged: TaggedImage,
  local: Local | undefined,
): Promise<string | undefined> {
  // What was built or loaded here is asked of no registry, and may be in none.
  if (local !== undefined && !local.digests.some((each) => isOf(each, tagged))) return undefined;
  const answer = await askRegistry(docker, tagged);
  if ("digest" in answer) return `${tagged.repository}@${answer.digest}`;
  const stays =
    local === undefined
      ? "whether the tag has moved is not known"
      : "the image of that name on the Docker host is taken";
  await pulumi.log.warn(
    `app.image: ${reference} can't be looked up in its registry: ${answer.reason}; ${stays}`,
  );
  return undefined;
}

/** By its id where the tag is what serves under, and was moved since: by name the two could not be distinguished. */
function localName(reference: string, local: Local | undefined, live: Live | undefined): string {
  if (local === undefined || live === undefined) return reference;
  return live.name === reference && live.id !== local.id ? local.id : reference;
}

function isLive(wanted: string, live: Live, local: Local | undefined): boolean {
  const [, digest] = wanted.split("@");
  if (digest !== undefined) return live.digests.some((each) => each.endsWith(`@${digest}`));
  return local?.id === live.id;
}

const imageFacts = z.object({ Id: z.string(), RepoDigests: z.array(z.string()).nullish() });

async function localImage(docker: Docker, reference: string): Promise<Local | undefined> {
  const { code, stdout } = await docker(["image", "inspect", "--format", "{{json .}}", reference]);
  if (code !== 0) return undefined;
  const { Id, RepoDigests } = imageFacts.parse(JSON.parse(stdout));
  return { id: Id, digests: RepoDigests ?? [] };
}

async function liveImage(
  docker: Docker,
  settings: Settings,
  stack: string,
): Promise<Live | undefined> {
  const names = namesOf(settings, stack);
  const labels = { ...stackLabels(names.app, names.stack), "dev.keelson.workload": "app" };
  const filters = Object.entries(labels).flatMap(([key, value]) => [
    "--filter",
    `label=${key}=${value}`,
  ]);
  const listed = await docker(["ps", "--quiet", ...filters]);
  const [container] = listed.stdout.trim().split("\n");
  if (listed.code !== 0 || container === undefined || container === "") return undefined;
  const format = "{{.Image}} {{.Config.Image}}";
  const { code, stdout } = await docker(["inspect", "--format", format, container]);
  const [id, name] = stdout.trim().split(" ");
  if (code !== 0 || id === undefined || name === undefined) return undefined;
  const { digests } = (await localImage(docker, id)) ?? { digests: [] };
  return { id, name, digests };
}

function isOf(digest: string, { repository }: TaggedImage): boolean {
  return isSameRepository(digest.split("@")[0] ?? "", repository);
}
