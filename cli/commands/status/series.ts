import { z } from "zod";
import type { Incident, IncidentHistory, Series, TrafficFacts } from "#page/facts";
import type { MonitoringClient } from "../alerts/alertmanager.js";

/** Access to a stack's Prometheus. */
export type AskMonitoring = Pick<MonitoringClient, "get">;

/** Series that a page shows, of the day before a moment. */
export interface DaySeries {
  readonly traffic: TrafficFacts;
  /** Bytes by the container's name, without what tells releases apart. */
  readonly memory: ReadonlyMap<string, Series>;
  readonly databaseSize: Series | undefined;
  readonly connections: Series | undefined;
}

const matrix = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});

/** A span of time, asked for in steps, in seconds. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

const day = 86_400;
const dayStep = 900;
const outageDays = 30;
const outageStep = 300;

const answers = 'haproxy_backend_http_responses_total{job="proxy",proxy="app"';
const latency = (share: number) =>
  `histogram_quantile(${String(share)}, sum by (le) (rate(keelson_http_response_seconds_bucket{job="latency"}[15m])))`;

/** Asks for the day before a moment. @param prefix `<app>-<stack>` @param database its name @throws Failure */
export async function daySeries(
  monitoring: AskMonitoring,
  at: Date,
  { prefix, database }: { readonly prefix: string; readonly database: string },
): Promise<DaySeries> {
  const range = rangeTo(at, day, dayStep);
  const one = async (query: string) => (await ask(monitoring, query, range)).get("");
  const [requests, errors, p50, p99, size, connections, memory] = await Promise.all([
    one(`sum(rate(${answers}}[15m]))`),
    one(`sum(rate(${answers},code="5xx"}[15m]))`),
    one(latency(0.5)),
    one(latency(0.99)),
    one(`max(pg_database_size_bytes{datname="${database}"})`),
    one("sum(pg_stat_database_numbackends)"),
    ask(monitoring, memoryQuery(prefix), range, "process"),
  ]);
  const none = seriesOf([], range);
  const traffic = {
    requests: requests ?? none,
    errors: errors ?? none,
    p50: p50 ?? none,
    p99: p99 ?? none,
  };
  return { traffic, memory, databaseSize: size, connections };
}

/** A container's name without what each release adds to it. */
export function lastingName(container: string, prefix: string): string {
  const own = container.startsWith(`${prefix}-`) ? container.slice(prefix.length + 1) : container;
  return own.replace(/-[0-9a-f]{7}$/, "");
}

/** The same by Prometheus. */
function memoryQuery(prefix: string): string {
  const named = `"process", "$1", "container", "${prefix}-(.+?)(-[0-9a-f]{7})?"`;
  return `max by (process) (label_replace(keelson_container_memory_used_bytes, ${named}))`;
}

/** Times in which the site did not answer, as the probes have seen them, to five minutes. @throws Failure */
export async function outagesBefore(
  monitoring: AskMonitoring,
  at: Date,
): Promise<IncidentHistory | undefined> {
  const query = 'min(min_over_time(probe_success{job=~"site|public"}[5m]))';
  const found = await ask(monitoring, query, rangeTo(at, outageDays * day, outageStep));
  return outagesIn(found.get(""));
}

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

function rangeTo(at: Date, length: number, step: number): Range {
  const end = Math.floor(at.getTime() / 1000 / step) * step;
  return { start: end - length, end, step };
}

/** Series by the value of a label; by "" where there is but one. */
async function ask(
  monitoring: AskMonitoring,
  query: string,
  range: Range,
  label?: string,
): Promise<ReadonlyMap<string, Series>> {
  const { start, end, step } = range;
  const of = new URLSearchParams({
    query,
    start: String(start),
    end: String(end),
    step: String(step),
  });
  const path = `/api/v1/query_range?${of.toString()}`;
  const { data } = await monitoring.get("prometheus", path, matrix);
  return new Map(
    data.result.map(({ metric, values }) => [
      label === undefined ? "" : (metric[label] ?? ""),
      seriesOf(values, range),
    ]),
  );
}

function seriesOf(found: readonly (readonly [number, string])[], range: Range): Series {
  const { start, end, step } = range;
  const values = Array<number | null>((end - start) / step + 1).fill(null);
  for (const [at, text] of found) {
    const value = Number(text);
    // 0 of 0 is nothing that is known.
    if (Number.isFinite(value)) values[Math.round((at - start) / step)] = value;
  }
  return { from: new Date(start * 1000), step: step * 1000, values };
}
