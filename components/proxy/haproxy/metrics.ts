import { proxyMetricsPort } from "#lib/platform";

/** HAProxy's own exporter for Prometheus. What asks for it is not counted among the site's requests. */
export function metricsSection(watched: boolean): string[] {
  if (!watched) return [];
  return [
    "frontend metrics",
    `  bind :${String(proxyMetricsPort)}`,
    "  option dontlog-normal",
    "  http-request use-service prometheus-exporter if { path /metrics }",
    "  http-request return status 404",
    "",
  ];
}
