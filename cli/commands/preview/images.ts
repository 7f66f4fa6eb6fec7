import type { Host } from "./host.js";
import { textIn, type Previewed } from "./steps.js";
import { containerType } from "../../engines/runner.js";

/**
 * The way of an image to the host. `stale`: it was built by an earlier run and is gone since, and what builds it does
 * not run again because nothing of it has changed.
 */
export type ImageFate = "built" | "pulled" | "stale";

/** An image that a run needs and that is not on the host, as far as known. */
export interface ImageNeed {
  readonly reference: string;
  readonly fate: ImageFate;
  /** True where the host was asked. */
  readonly certain: boolean;
  /** The command that builds it, for `stale`. */
  readonly build: string | undefined;
}

/** The images that a run would need: those of containers that are made, and those that are built. */
export function neededImages(resources: readonly Previewed[]): string[] {
  const containers = resources
    .filter(({ type, op }) => type === containerType && op !== "same" && op !== "update")
    .flatMap((each) => textIn(each.new, "image") ?? []);
  const built = builds(resources)
    .filter(({ runs }) => runs)
    .map(({ tag }) => tag);
  return [...new Set([...built, ...containers])];
}

/** Those of them that are not there, and how they come. @param host undefined where it can't be asked */
export function imageNeeds(resources: readonly Previewed[], host: Host | undefined): ImageNeed[] {
  const recipes = builds(resources);
  const certain = host !== undefined;
  return neededImages(resources).flatMap((reference): ImageNeed[] => {
    if (host?.images.has(reference) === true) return [];
    const recipe = recipes.find(isNamed(reference));
    if (recipe === undefined) return [{ reference, fate: "pulled", certain, build: undefined }];
    if (recipe.runs) return [{ reference, fate: "built", certain, build: undefined }];
    return certain ? [{ reference, fate: "stale", certain, build: recipe.command }] : [];
  });
}

/** True where a reference always means one image: a digest, or a tag that follows from the build's input. */
export function isFixed(reference: string, resources: readonly Previewed[]): boolean {
  return reference.includes("@sha256:") || builds(resources).some(isNamed(reference));
}

/** The sentence for an image. */
export function imageText({ reference, fate, certain, build }: ImageNeed): string {
  const unless = certain ? "" : " unless it is on the host already";
  if (fate === "built") return `${reference} is built${unless}.`;
  if (fate === "pulled") return `${reference} is pulled${unless}.`;
  return `${reference} is gone from the host since it was built, and is not built again by itself: run \`${build ?? ""}\` first.`;
}

interface Build {
  readonly tag: string;
  /** The name that the build has printed, where it is another one than the tag. */
  readonly printed: string | undefined;
  readonly command: string;
  readonly runs: boolean;
}

const isNamed = (reference: string) => (build: Build) =>
  build.tag === reference || build.printed === reference;

/** The steps that build an image: the word after the script's (and the platform image's name) is its tag. */
function builds(resources: readonly Previewed[]): Build[] {
  return resources.flatMap(({ op, new: now, oldState }) => {
    const command = textIn(now, "create") ?? "";
    const tag = /^bash (?:\S*\/)?images\/(?:build-app|build-packages|build \S+) (\S+)/.exec(
      command,
    )?.[1];
    if (tag === undefined) return [];
    const runs = op !== "same";
    const printed = runs ? undefined : textIn(oldState?.outputs, "stdout")?.trim();
    return [{ tag, printed, command, runs }];
  });
}
