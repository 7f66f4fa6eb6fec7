import { posix } from "node:path";
import { duplicates, problem } from "#lib/settings";

/**
 * Returns the problems of the paths at which a container has volumes and folders in memory, a line each: Docker takes one
 * mount a path, and some paths have theirs.
 * @param section settings of the container, such as `app` or `services.worker`
 */
export function mountProblems(
  section: string,
  {
    volumes,
    tmpfs,
    sources = [],
  }: {
    readonly volumes: readonly { readonly path: string }[];
    readonly tmpfs: readonly string[];
    /** The mounts of `dev`. */
    readonly sources?: readonly { readonly path: string }[] | undefined;
  },
): string[] {
  const places: readonly [string, string][] = [
    ...volumes.map(({ path }, index): [string, string] => [
      `${section}.volumes[${String(index)}].path`,
      path,
    ]),
    ...sources.map(({ path }, index): [string, string] => [
      `${section}.dev.mounts[${String(index)}].path`,
      path,
    ]),
    ...tmpfs.map((path, index): [string, string] => [`${section}.tmpfs[${String(index)}]`, path]),
  ];
  const folders = places.map(([path, folder]): [string, string] => [path, posix.resolve(folder)]);
  const taken = folders.flatMap(([path, at]) => {
    if (at === "/") {
      const advice = `name a folder, or set ${section}.readOnlyRoot to false`;
      return [problem(path, "is the whole root", advice)];
    }
    if (at === "/tmp") {
      const advice = `remove it: ${section}.tmp.size says how large it is; a volume takes another path, which ${section}.env.TMPDIR names`;
      return [problem(path, "is /tmp, which is in memory already", advice)];
    }
    if (at === "/run/secrets") {
      return [problem(path, "is the folder of the app's secrets", "choose another path")];
    }
    return [];
  });
  return [...taken, ...duplicates(folders, "path")];
}
