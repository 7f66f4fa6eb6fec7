import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.js";

/** A panel of a dashboard, as Grafana reads it. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

/** The dashboard that is shipped. */
export interface Dashboard {
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly panels: readonly Panel[];
}

export const shippedDashboard = JSON.parse(
  readFileSync(join(root, "monitoring", "stack.dashboard.json"), "utf8"),
) as Dashboard;

/** Every query of it. */
export const dashboardQueries = [
  ...shippedDashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...shippedDashboard.annotations.list.map(({ expr }) => expr),
];

/** Names of the metrics that queries ask for. */
export function metricsIn(queries: readonly string[]): string[] {
  const names = queries.flatMap((each) => [...each.matchAll(/([A-Za-z_:][\w:]*)\{/g)]);
  return [...new Set(names.map(([, name = ""]) => name))].sort();
}

/** A query as Grafana sends it, for one stack. */
export function queryFor(stack: string, query: string): string {
  return query
    .replaceAll("$stack", stack)
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$__range", "5m");
}
