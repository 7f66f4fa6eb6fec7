import { posix } from "node:path";
import { ownerOf } from "#lib/platform";
import { duplicates, problem } from "#lib/settings";
import { mebibytes } from "#lib/size";
import type { AppSettings } from "./settings.js";

/**
 * Folders of the app's containers that are in memory: path to mount options. They belong to the app's user, for over a
 * folder of the image Docker would give them that folder's owner and mode.
 */
export function appTmpfs({ tmp, tmpfs, user }: AppSettings): Record<string, string> {
  const { uid, gid } = ownerOf(user);
  const common = `nosuid,nodev,uid=${String(uid)},gid=${String(gid)}`;
  const exec = tmp.exec ? "exec" : "noexec";
  return {
    "/tmp": `rw,${exec},${common},mode=1777,size=${String(mebibytes(tmp.size))}m`,
    ...Object.fromEntries(tmpfs.map((path) => [path, `rw,${common},size=64m`])),
  };
}

/** Variable by which most runtimes are told where temporary files go. */
const tmpVariable = "TMPDIR";

/** What is wrong with the folders that the app may write to, a line each. */
export function fileProblems(settings: {
  readonly app: AppSettings;
  readonly proxy: { readonly limits: { readonly requestBody: string } };
}): string[] {
  return [...tmpProblems(settings), ...overlaps(settings.app)];
}

function tmpProblems({
  app,
  proxy: { limits },
}: {
  readonly app: AppSettings;
  readonly proxy: { readonly limits: { readonly requestBody: string } };
}): string[] {
  const { tmp, memory, env } = app;
  const size = mebibytes(tmp.size);
  const body = mebibytes(limits.requestBody);
  // It is a limit, which the default's is for the smallest app as well.
  if (size > Math.max(mebibytes(memory), 64)) {
    return [
      problem(
        "app.tmp.size",
        `${tmp.size} is more than app.memory (${memory}), of which /tmp is a part`,
        `raise app.memory, or set app.env.${tmpVariable} to a folder of a volume and lower app.tmp.size`,
      ),
    ];
  }
  // Who has said where such files go has seen to their place.
  if (body <= size || tmpVariable in env) return [];
  return [
    problem(
      "proxy.limits.requestBody",
      `${limits.requestBody} is more than /tmp of the app holds (app.tmp.size: ${tmp.size}), where most frameworks put an upload`,
      `set app.tmp.size to ${limits.requestBody} or more, or app.env.${tmpVariable} to the folder that they go to`,
    ),
  ];
}

/** Docker takes one mount a path, and some paths have theirs. */
function overlaps({ volumes, tmpfs }: AppSettings): string[] {
  const places: readonly [string, string][] = [
    ...volumes.map(({ path }, index): [string, string] => [
      `app.volumes[${String(index)}].path`,
      path,
    ]),
    ...tmpfs.map((path, index): [string, string] => [`app.tmpfs[${String(index)}]`, path]),
  ];
  const folders = places.map(([path, folder]): [string, string] => [path, posix.resolve(folder)]);
  const taken = folders.flatMap(([path, at]) => {
    if (at === "/") {
      return [
        problem(path, "is the whole root", "name a folder, or set app.readOnlyRoot to false"),
      ];
    }
    if (at === "/tmp") {
      const advice =
        "remove it: app.tmp.size says how large it is; a volume takes another path, which app.env.TMPDIR names";
      return [problem(path, "is /tmp, which is in memory already", advice)];
    }
    if (at === "/run/secrets") {
      return [problem(path, "is the folder of the app's secrets", "choose another path")];
    }
    return [];
  });
  return [...taken, ...duplicates(folders, "path")];
}
