/** Repository and tag of an image's reference, as it is written. */
export interface TaggedImage {
  readonly repository: string;
  readonly tag: string;
}

/** Its parts; undefined for an image that is named by its digest or its id: such a name stands for one image for good. */
export function taggedImage(reference: string): TaggedImage | undefined {
  if (reference.includes("@") || reference.startsWith("sha256:")) return undefined;
  const colon = reference.lastIndexOf(":");
  if (colon <= reference.lastIndexOf("/")) return { repository: reference, tag: "latest" };
  return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

/** The registry of a repository, as Docker finds it in its name: `docker.io` where that names none. */
export function registryOf(repository: string): string {
  const [first = "", ...rest] = repository.split("/");
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : "docker.io";
}

/** True where two names are of one repository: Docker's own registry may be left out. */
export function isSameRepository(a: string, b: string): boolean {
  return shortened(a) === shortened(b);
}

function shortened(repository: string): string {
  return repository.replace(/^docker\.io\//, "").replace(/^library\//, "");
}
