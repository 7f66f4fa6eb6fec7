import {
  dayQueries,
  daySpan,
  outageQuery,
  outageSpan,
  type SeriesNames,
  type Span,
} from "../series.js";

/** A query over a span of time. */
export interface SpanQuery extends Span {
  readonly query: string;
}

const hour = 3600;

/** The drills of thirty days are known to the hour: each leaves its time in a series. */
export const drillSpan: Span = { length: 30 * 24 * hour, step: hour };
/** Runs of jobs are known to five minutes. */
export const jobSpan: Span = { length: 24 * hour, step: 300 };

const probed = 'job=~"site|public"';
const transaction =
  'pg_stat_activity_max_tx_duration{backend_type="client backend",usename!~".+_backup(_[0-9]+)?",state!="idle"}';

/** Queries of the present, by name. */
const now = {
  /** Time of the newest probe: a server that answers with an old one does not know whether the site is up. */
  probed: `max(timestamp(probe_success{${probed}}))`,
  up: `min(probe_success{${probed}})`,
  status: 'max(probe_http_status_code{job="site"})',
  seconds: 'max(probe_duration_seconds{job="site"})',
  certificate: `min(probe_ssl_earliest_cert_expiry{${probed}})`,
  memory: "keelson_container_memory_used_bytes",
  memoryLimit: "keelson_container_memory_limit_bytes",
  cpuPercent: "rate(keelson_container_cpu_microseconds_total[2m]) / 1e4",
  started: "keelson_container_start_timestamp_seconds",
  restarts: "changes(keelson_container_start_timestamp_seconds[1d])",
  connectionLimit: "max(pg_settings_max_connections)",
  oldestTransaction: `max(${transaction})`,
  backupEnded: "keelson_backup_last_success_timestamp_seconds",
  backupBytes: "keelson_backup_size_bytes",
  backupsWatched: "max(keelson_watch_timestamp_seconds)",
  diskSize: "keelson_disk_size_bytes",
  diskFree: "keelson_disk_free_bytes",
  hostDiskSize: 'max(node_filesystem_size_bytes{mountpoint="/data"})',
  hostDiskFree: 'max(node_filesystem_avail_bytes{mountpoint="/data"})',
  jobSeconds: "keelson_job_duration_seconds",
} as const;
export type NowName = keyof typeof now | "alerts" | "databaseSize" | "connections";

/** Queries over time, by name, besides those of a day's series. */
const over = {
  probes: { query: outageQuery, ...outageSpan },
  proven: {
    query: 'max(keelson_drill_last_proven_timestamp_seconds{data="database",repository="1"})',
    ...drillSpan,
  },
  drillFailed: {
    query: 'max by (kind) (keelson_drill_failed{data="database",repository="1"})',
    ...drillSpan,
  },
  rpo: { query: "max(keelson_drill_rpo_seconds)", ...drillSpan },
  rto: { query: "max(keelson_drill_rto_seconds)", ...drillSpan },
  jobRuns: { query: "sum by (name, result) (keelson_job_runs_total)", ...jobSpan },
} as const;
export type OverName = keyof typeof over | keyof ReturnType<typeof dayQueries>;

/** All that monitoring asks Prometheus for, and writes down for the page. */
export interface PageQueries {
  readonly now: Readonly<Record<Exclude<NowName, "alerts">, string>>;
  readonly over: Readonly<Record<OverName, SpanQuery>>;
}

/** Returns the queries of a stack's page. */
export function pageQueries(names: SeriesNames): PageQueries {
  const day = dayQueries(names);
  const overDay = Object.entries(day).map(([name, query]) => [name, { query, ...daySpan }]);
  const { databaseSize, connections } = day;
  return {
    now: { ...now, databaseSize, connections },
    over: { ...over, ...(Object.fromEntries(overDay) as Record<keyof typeof day, SpanQuery>) },
  };
}
