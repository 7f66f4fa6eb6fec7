import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The control group of a container on this host. */
export interface Cgroup {
  readonly version: 1 | 2;
  /** Text of a file; undefined where it is not there. @param controller of version 1, such as `memory` */
  readonly read: (controller: string, file: string) => Promise<string | undefined>;
}

/**
 * The control group of a running container by its files on this host, which cost a fraction of what a question to Docker
 * or a process in the container does; undefined where the container runs elsewhere.
 *
 * @param pid of its first process, as Docker has it
 * @param root folder of `/proc` and `/sys`
 */
export async function cgroupHere(
  { id, pid }: { readonly id: string; readonly pid: number },
  root = "/",
): Promise<Cgroup | undefined> {
  const groups = await tryRead(join(root, "proc", String(pid), "cgroup"));
  const paths = new Map<string, string>();
  for (const line of groups?.split("\n") ?? []) {
    const [, controllers, path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    // Where Docker runs elsewhere, another process has this number here.
    if (controllers === undefined || !path.includes(id)) continue;
    for (const each of controllers.split(",")) paths.set(each, path);
  }
  const folder = join(root, "sys/fs/cgroup");
  const [memory, unified] = [paths.get("memory"), paths.get("")];
  if (memory !== undefined) {
    return {
      version: 1,
      read: (controller, file) =>
        tryRead(join(folder, controller, paths.get(controller) ?? memory, file)),
    };
  }
  if (unified === undefined) return undefined;
  return { version: 2, read: (_controller, file) => tryRead(join(folder, unified, file)) };
}

/** The number behind a key in a file of lines `<key> <number>`. */
export function numberIn(text: string | undefined, key: string): number | undefined {
  const found = new RegExp(`^${key} (\\d+)$`, "m").exec(text ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}

async function tryRead(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    // The process has ended, or is another host's; or this kernel does not count it.
    return undefined;
  }
}
