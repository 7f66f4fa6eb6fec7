import { z } from "zod";
import { percentile } from "#lib/percentile";
import type { Sample } from "./generate.js";

/** Result of a load, as `--json` prints it. Times in milliseconds, from a request's planned moment on. */
export const loadFigures = z.object({
  requests: z.number(),
  seconds: z.number(),
  /** Without a whole answer, or answered with 5xx. */
  failed: z.number(),
  statuses: z.record(z.string(), z.number()),
  /** Requests without a whole answer, by reason. */
  errors: z.record(z.string(), z.number()),
  latency: z.object({ p50: z.number(), p90: z.number(), p99: z.number(), max: z.number() }),
  /** The release that was live at the end; null where none is known. */
  release: z.string().nullable(),
});
export type LoadFigures = z.output<typeof loadFigures>;

/** The figures of a load that took so many seconds. */
export function figuresOf(
  samples: readonly Sample[],
  seconds: number,
  release: string | null,
): LoadFigures {
  const times = samples.map(({ milliseconds }) => milliseconds);
  const at = (share: number) => (times.length === 0 ? 0 : percentile(times, share));
  const isFailed = ({ status }: Sample) => status === undefined || status >= 500;
  return {
    requests: samples.length,
    seconds,
    failed: samples.filter(isFailed).length,
    statuses: counted(samples.flatMap(({ status }) => (status === undefined ? [] : [status]))),
    errors: counted(samples.flatMap(({ error }) => error ?? [])),
    latency: { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) },
    release,
  };
}

/** The figures for a person. */
export function figuresText(figures: LoadFigures): string[] {
  const { requests, seconds, failed, statuses, errors, latency, release } = figures;
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${String(count)}`)
      .join(", ");
  const rate = (requests / Math.max(seconds, 0.001)).toFixed(1);
  const times = Object.entries(latency).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`);
  const said = Object.keys(statuses).length === 0 ? "none" : list(statuses);
  return [
    `requests  ${String(requests)} in ${seconds.toFixed(1)} s, ${rate} a second`,
    `statuses  ${said}`,
    `failed    ${String(failed)}${Object.keys(errors).length === 0 ? "" : ` (${list(errors)})`}`,
    `latency   ${times.join(", ")}`,
    `release   ${release ?? "not known"}`,
  ];
}

function counted(values: readonly (string | number)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of values) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}
