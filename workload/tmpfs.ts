import { ownerOf } from "#lib/platform";
import { mebibytes } from "#lib/size";

/** Settings of the folders of a container that are in memory. */
export interface TmpfsSettings {
  readonly tmp: { readonly size: string; readonly exec: boolean };
  /** Further folders, of 64 MiB each. */
  readonly tmpfs: readonly string[];
  /** `uid:gid` */
  readonly user: string;
}

/**
 * Folders of a container that are in memory: path to mount options. They belong to the container's user, for over a
 * folder of the image Docker would give them that folder's owner and mode.
 */
export function tmpfsOf({ tmp, tmpfs, user }: TmpfsSettings): Record<string, string> {
  const { uid, gid } = ownerOf(user);
  const common = `nosuid,nodev,uid=${String(uid)},gid=${String(gid)}`;
  const exec = tmp.exec ? "exec" : "noexec";
  return {
    "/tmp": `rw,${exec},${common},mode=1777,size=${String(mebibytes(tmp.size))}m`,
    ...Object.fromEntries(tmpfs.map((path) => [path, `rw,${common},size=64m`])),
  };
}
