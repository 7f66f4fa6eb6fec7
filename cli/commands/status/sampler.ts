import { totalmem } from "node:os";
import { z } from "zod";
import { Failure, messageOf } from "../../io/failure.js";
import type { DockerApi } from "../../stack/docker-api.js";
import { cgroupHere, numberIn, type Cgroup } from "../../stack/running/cgroup.js";
import { sample, type Sample } from "./usage.js";

/** Looks at the counters of containers, by their ids; one that has ended meanwhile is left out. */
export type Sampler = () => Promise<ReadonlyMap<string, Sample>>;

const inspected = z.object({ State: z.object({ Pid: z.number() }) });

/**
 * Returns what looks at containers: by the files of this host where they run here, and by Docker's API where they don't.
 * Docker before version 23 answers at the next full second alone, a dozen containers one after the other.
 *
 * @param root folder of `/proc` and `/sys`
 */
export async function samplerOf(
  api: Pick<DockerApi, "get">,
  ids: readonly string[],
  root = "/",
): Promise<Sampler> {
  const looks: (readonly [id: string, look: () => Promise<Sample | undefined>])[] = [];
  // One after the other: they are answered at once, and another connection costs more.
  for (const id of ids) {
    const known = inspected.safeParse(await unlessGone(api.get(`/containers/${id}/json`)));
    const cgroup = await cgroupHere({ id, pid: known.data?.State.Pid ?? 0 }, root);
    const isHere = cgroup !== undefined && (await sampleHere(cgroup)) !== undefined;
    looks.push([id, isHere ? () => sampleHere(cgroup) : () => sampleOf(api, id)]);
  }
  return async () => {
    const found = await Promise.all(looks.map(async ([id, look]) => [id, await look()] as const));
    return new Map(found.flatMap(([id, each]) => (each === undefined ? [] : [[id, each]])));
  };
}

async function sampleOf(api: Pick<DockerApi, "get">, id: string): Promise<Sample | undefined> {
  const answer = await unlessGone(api.get(`/containers/${id}/stats?stream=false&one-shot=true`));
  return sample.safeParse(answer).data;
}

async function unlessGone(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Failure && /no such container/i.test(messageOf(error))) return undefined;
    throw error;
  }
}

/** The same as Docker's own, which reads these files. */
async function sampleHere(cgroup: Cgroup): Promise<Sample | undefined> {
  const memory = (file: string) => cgroup.read("memory", file);
  const [used, limit, cpu, stat] = await Promise.all(
    cgroup.version === 2
      ? [memory("memory.current"), memory("memory.max"), cpuOf2(cgroup), memory("memory.stat")]
      : [
          memory("memory.usage_in_bytes"),
          memory("memory.limit_in_bytes"),
          cgroup.read("cpuacct", "cpuacct.usage").then(numberOf),
          memory("memory.stat"),
        ],
  );
  const usage = numberOf(used);
  if (usage === undefined || cpu === undefined) return undefined;
  const [inactive, total] = ["inactive_file", "total_inactive_file"].map((key) =>
    numberIn(stat, key),
  );
  const stats =
    total === undefined ? { inactive_file: inactive ?? 0 } : { total_inactive_file: total };
  return {
    read: new Date().toISOString(),
    cpu_stats: { cpu_usage: { total_usage: cpu } },
    // Without a limit it is `max`, or the largest number of pages that there is.
    memory_stats: { usage, limit: Math.min(numberOf(limit) ?? Infinity, totalmem()), stats },
  };
}

async function cpuOf2(cgroup: Cgroup): Promise<number | undefined> {
  const microseconds = numberIn(await cgroup.read("cpu", "cpu.stat"), "usage_usec");
  return microseconds === undefined ? undefined : microseconds * 1000;
}

function numberOf(text: string | undefined): number | undefined {
  const digits = /^\d+/.exec(text ?? "")?.[0];
  return digits === undefined ? undefined : Number(digits);
}
