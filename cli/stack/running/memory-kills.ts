import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Docker } from "#lib/docker";

/** The container's own cgroup, of version 2 and 1. Docker's events of them are gone after some health checks. */
const cgroupFiles = ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"];

/**
 * Returns the number of processes of a running container that were killed for memory since it started; undefined where
 * that can't be read, as on another host in an image without `cat`.
 *
 * @param pid of its first process, as Docker has it
 * @param root folder of `/proc` and `/sys`
 */
export async function memoryKills(
  docker: Docker,
  container: { readonly id: string; readonly pid: number },
  root = "/",
): Promise<number | undefined> {
  const here = await killsHere(container, root);
  if (here !== undefined) return here;
  // One of the two files is not there.
  const { stdout } = await docker(["exec", container.id, "cat", ...cgroupFiles], {
    timeoutMs: 10_000,
  });
  return killsIn(stdout);
}

/** From this host's files: a process in the container for it costs more than all else that is asked of it. */
async function killsHere(
  { id, pid }: { readonly id: string; readonly pid: number },
  root: string,
): Promise<number | undefined> {
  const cgroups = await tryRead(join(root, "proc", String(pid), "cgroup"));
  for (const line of cgroups?.split("\n") ?? []) {
    const [, version, path = ""] = /^\d+:(memory|):(.*)$/.exec(line) ?? [];
    // Where Docker runs elsewhere, another process has this number here.
    if (version === undefined || !path.includes(id)) continue;
    const file =
      version === "" ? join(path, "memory.events") : join(version, path, "memory.oom_control");
    const kills = killsIn((await tryRead(join(root, "sys/fs/cgroup", file))) ?? "");
    if (kills !== undefined) return kills;
  }
  return undefined;
}

function killsIn(text: string): number | undefined {
  const kills = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return kills === undefined ? undefined : Number(kills);
}

async function tryRead(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    // Another host's process, or another version of cgroups: the container is asked.
    return undefined;
  }
}
