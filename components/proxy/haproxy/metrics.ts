import { proxyMetricsPort } from "#lib/platform";
import { latencyCounter, type RateLimit } from "./rate-limits.js";
import { quoted } from "./text.js";

/** Seconds within which answers are counted; HAProxy's own exporter knows an average alone. */
const buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
/** Classes of statuses that the app answers with. */
const classes = ["2", "3", "4", "5"] as const;
const table = "latency";

/**
 * Counts the app's answers by class of their status, and by the time until their beginning: each in its own bucket and
 * all larger ones, as Prometheus reads a histogram.
 */
export function latencyRules(limits: readonly RateLimit[]): string[] {
  const counter = String(latencyCounter(limits));
  return [
    "  http-response set-var(txn.class) status,div(100)",
    `  http-response track-sc${counter} var(txn.class) table ${table}`,
    ...buckets.map(
      (bound, index) =>
        `  http-response sc-inc-gpc(${String(index)},${counter}) if { res.timer.hdr le ${String(bound * 1000)} }`,
    ),
    `  http-response sc-inc-gpc(${String(buckets.length)},${counter})`,
  ];
}

/** HAProxy's own exporter for Prometheus, and the histogram. What asks for them is not among the site's requests. */
export function metricsSections(): string[] {
  return [
    `backend ${table}`,
    `  stick-table type string len 2 size 100 store gpc(${String(buckets.length + 1)})`,
    "",
    "frontend metrics",
    `  bind :${String(proxyMetricsPort)}`,
    "  option dontlog-normal",
    "  http-request use-service prometheus-exporter if { path /metrics }",
    `  http-request return status 200 content-type "text/plain; version=0.0.4" lf-string ${histogram()} if { path /latency }`,
    "  http-request return status 404",
    "",
  ];
}

function histogram(): string {
  const name = "keelson_http_response_seconds_bucket";
  const line = (status: string, bound: string, index: number) =>
    `${name}{code="${status}xx",le="${bound}"} %[str(${status}),table_gpc(${String(index)},${table})]`;
  const bounds = [...buckets.map(String), "+Inf"];
  const lines = classes.flatMap((each) => bounds.map((bound, index) => line(each, bound, index)));
  return quoted(`${lines.join("\n")}\n`).replaceAll("\n", "\\n");
}
