import { z } from "zod";

/** One look at the counters of a container, as Docker writes it. */
export const sample = z.object({
  read: z.string(),
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }),
  memory_stats: z.object({
    usage: z.number().optional(),
    limit: z.number().optional(),
    stats: z.record(z.string(), z.number()).optional(),
  }),
});
export type Sample = z.output<typeof sample>;

/** Resources that a container uses. */
export interface Usage {
  /** Bytes, without what the kernel gives back at once. */
  readonly memory: number;
  /** Bytes that it may use. */
  readonly memoryLimit: number;
  /** Of one processor, in percent. */
  readonly cpuPercent: number;
}

/** Returns the use between two samples of a container; undefined where Docker does not know its memory. */
export function usageOf(before: Sample, after: Sample): Usage | undefined {
  const { usage, limit, stats = {} } = after.memory_stats;
  if (usage === undefined || limit === undefined) return undefined;
  const reclaimable = stats["inactive_file"] ?? stats["total_inactive_file"] ?? 0;
  const used = after.cpu_stats.cpu_usage.total_usage - before.cpu_stats.cpu_usage.total_usage;
  const passed = (Date.parse(after.read) - Date.parse(before.read)) * 1e6;
  return {
    memory: Math.max(0, usage - reclaimable),
    memoryLimit: limit,
    cpuPercent: passed <= 0 ? 0 : Math.round((1000 * used) / passed) / 10,
  };
}
