import type { Sample } from "../load/samples.js";
import { percentile } from "#lib/percentile";
import { median } from "../statistics.js";

/** Something that was done under load: a release, a rollback. Times are milliseconds since the epoch. */
export interface Span {
  readonly name: string;
  /** Version that it is to bring. */
  readonly version: string;
  readonly good: boolean;
  readonly began: number;
  readonly ended: number;
}

/** Durations of requests. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/** Figures of one span. */
export interface SpanFigures {
  readonly span: Span;
  /** Seconds from the command to the first answer of its version; undefined where there was none. */
  readonly switched: number | undefined;
  /** Seconds from the command to its end. */
  readonly finished: number;
  readonly failed: number;
}

/** Figures of a load. */
export interface Figures {
  readonly requests: number;
  readonly failed: number;
  /** Answers that the app made errors on request. */
  readonly onPurpose: number;
  readonly outside: Latency;
  readonly during: Latency;
  readonly spans: readonly SpanFigures[];
  readonly byKind: Readonly<Record<string, number>>;
}

/** Time after a command's end in which its effects may still show, such as a container that it did not wait for. */
const afterglowMs = 3000;

/** Figures of a load, given what was done during it. */
export function figuresOf(samples: readonly Sample[], spans: readonly Span[]): Figures {
  const inside = (sample: Sample, span: Span) =>
    sample.began >= span.began && sample.began <= span.ended + afterglowMs;
  const failed = samples.filter(({ outcome }) => outcome === "failed");
  // The other kinds take as long as they are meant to.
  const quick = samples.filter(
    ({ kind, outcome }) => outcome === "ok" && (kind === "keep-alive" || kind === "fresh"),
  );
  const during = (sample: Sample) => spans.some((span) => inside(sample, span));
  return {
    requests: samples.length,
    failed: failed.length,
    onPurpose: samples.filter(({ outcome }) => outcome === "onPurpose").length,
    outside: latency(quick.filter((sample) => !during(sample))),
    during: latency(quick.filter(during)),
    spans: spans.map((span) => ({
      span,
      switched: switched(samples, span),
      finished: (span.ended - span.began) / 1000,
      failed: failed.filter((sample) => inside(sample, span)).length,
    })),
    byKind: countBy(samples),
  };
}

/** The middle and the longest of the seconds that spans took. */
export function seconds(
  spans: readonly SpanFigures[],
  which: "switched" | "finished",
): { readonly median: number; readonly longest: number } {
  const values = spans.flatMap((span) => span[which] ?? []);
  return { median: median(values), longest: values.length === 0 ? NaN : Math.max(...values) };
}

function latency(samples: readonly Sample[]): Latency {
  const times = samples.map(({ ms }) => ms);
  return { count: times.length, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

function switched(samples: readonly Sample[], span: Span): number | undefined {
  const answers = samples.filter(
    ({ version, began }) => version === span.version && began >= span.began,
  );
  if (answers.length === 0) return undefined;
  const first = answers.reduce((least, { began, ms }) => Math.min(least, began + ms), Infinity);
  return (first - span.began) / 1000;
}

function countBy(samples: readonly Sample[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of samples) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
