import type { Docker } from "#lib/docker";
import { cgroupHere, numberIn } from "./cgroup.js";

/** Files with the kills, of version 2 and 1. Docker's events of them are gone after some health checks. */
const files = { 2: "memory.events", 1: "memory.oom_control" } as const;
/** The same as the container itself sees them. */
const inContainer = [`/sys/fs/cgroup/${files[2]}`, `/sys/fs/cgroup/memory/${files[1]}`];

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
  const cgroup = await cgroupHere(container, root);
  const here = numberIn(await cgroup?.read("memory", files[cgroup.version]), "oom_kill");
  if (here !== undefined) return here;
  // One of the two files is not there.
  const { stdout } = await docker(["exec", container.id, "cat", ...inContainer], {
    timeoutMs: 10_000,
  });
  return numberIn(stdout, "oom_kill");
}
