import type { Incident, IncidentHistory, Series, TrafficFacts } from "./facts.js";

/** A span of time, asked for in steps, in seconds. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** A span of time before a moment, in seconds. */
export interface Span {
  readonly length: number;
  readonly step: number;
}

/** A series as Prometheus answers with it: labels, and values with their times. */
export interface FoundSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, text: string])[];
}

/** Series that a page shows, of the day before a moment. */
export interface DaySeries {
  readonly traffic: TrafficFacts;
  /** Bytes by the container's name, without what tells releases apart. */
  readonly memory: ReadonlyMap<string, Series>;
  readonly databaseSize: Series | undefined;
  readonly connections: Series | undefined;
}

const daySeconds = 86_400;

/** The spans that a page shows. */
export const daySpan: Span = { length: daySeconds, step: 900 };
export const outageSpan: Span = { length: 30 * daySeconds, step: 300 };

/** Names of a stack in its series. */
export interface SeriesNames {
  /** `<app>-<stack>`. */
  readonly prefix: string;
  /** Name of its database. */
  readonly database: string;
}

/** Queries of a day's series, by name. */
export function dayQueries({ prefix, database }: SeriesNames) {
  const answers = 'haproxy_backend_http_responses_total{job="proxy",proxy="app"';
  const latency = (share: number) =>
    `histogram_quantile(${String(share)}, sum by (le) (rate(keelson_http_response_seconds_bucket{job="latency"}[15m])))`;
  const named = `"process", "$1", "container", "${prefix}-(.+?)(-[0-9a-f]{7})?"`;
  return {
    requests: `sum(rate(${answers}}[15m]))`,
    errors: `sum(rate(${answers},code="5xx"}[15m]))`,
    p50: latency(0.5),
    p99: latency(0.99),
    databaseSize: `max(pg_database_size_bytes{datname="${database}"})`,
    connections: "sum(pg_stat_database_numbackends)",
    memory: `max by (process) (label_replace(keelson_container_memory_used_bytes, ${named}))`,
  } as const;
}

/** Answers to the queries of a day. */
export type DayAnswers = Readonly<
  Record<keyof ReturnType<typeof dayQueries>, readonly FoundSeries[]>
>;

/** The series of a day from the answers to its queries. */
export function daySeriesIn(found: DayAnswers, range: Range): DaySeries {
  const one = (name: keyof DayAnswers) => theOne(found[name], range);
  const none = seriesOf([], range);
  return {
    traffic: {
      requests: one("requests") ?? none,
      errors: one("errors") ?? none,
      p50: one("p50") ?? none,
      p99: one("p99") ?? none,
    },
    memory: new Map(
      found.memory.map(({ metric, values }) => [metric["process"] ?? "", seriesOf(values, range)]),
    ),
    databaseSize: one("databaseSize"),
    connections: one("connections"),
  };
}

/** A container's name without what each release adds to it. */
export function lastingName(container: string, prefix: string): string {
  const own = container.startsWith(`${prefix}-`) ? container.slice(prefix.length + 1) : container;
  return own.replace(/-[0-9a-f]{7}$/, "");
}

/** The query of outages: 1 where every probe of a step was answered. */
export const outageQuery = 'min(min_over_time(probe_success{job=~"site|public"}[5m]))';

/** Incidents in a series of probes: 1 where all of a step were answered. What was not probed is none. */
export function outagesIn(probes: Series | undefined): IncidentHistory | undefined {
  const first = probes?.values.findIndex((each) => each !== null) ?? -1;
  if (probes === undefined || first < 0) return undefined;
  const { from, step, values } = probes;
  const moment = (index: number) => new Date(from.getTime() + index * step);
  const incidents: Incident[] = [];
  let begin: Date | undefined;
  values.forEach((value, index) => {
    // A value is of the step that ends with it.
    if (value !== null && value < 1) begin ??= moment(index - 1);
    else if (begin !== undefined) {
      incidents.push({ from: begin, to: moment(index - 1) });
      begin = undefined;
    }
  });
  if (begin !== undefined) incidents.push({ from: begin, to: undefined });
  return { from: moment(first), incidents };
}

/** A span that ends at a time, or less than a step before it. */
export function rangeTo(at: Date, { length, step }: Span): Range {
  const end = Math.floor(at.getTime() / 1000 / step) * step;
  return { start: end - length, end, step };
}

/** The last of some series, where there is one. */
export function theOne(found: readonly FoundSeries[], range: Range): Series | undefined {
  const last = found.at(-1);
  return last === undefined ? undefined : seriesOf(last.values, range);
}

/** Values in their places: null where none is known. */
export function seriesOf(found: FoundSeries["values"], range: Range): Series {
  const { start, end, step } = range;
  const values = Array<number | null>((end - start) / step + 1).fill(null);
  for (const [at, text] of found) {
    const value = Number(text);
    // 0 of 0 is nothing that is known.
    if (Number.isFinite(value)) values[Math.round((at - start) / step)] = value;
  }
  return { from: new Date(start * 1000), step: step * 1000, values };
}
