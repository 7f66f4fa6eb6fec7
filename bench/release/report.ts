import { markdownTable } from "#lib/markdown";
import type { Effort } from "../load/plan.js";
import { counted, shown } from "../statistics.js";
import { seconds, type Figures, type SpanFigures } from "./figures.js";

/** One way of releasing, and what it came to. */
export interface Column {
  readonly title: string;
  readonly figures: Figures;
  readonly effort: Effort;
  readonly rollback?: SpanFigures | undefined;
}

/** The ways side by side. */
export function comparison(columns: readonly Column[]): string {
  const row = (name: string, cell: (column: Column) => string) => [name, ...columns.map(cell)];
  const good = ({ figures }: Column) => figures.spans.filter(({ span }) => span.good);
  return markdownTable([
    row("", ({ title }) => title),
    row("Releases", (column) => released(column.figures.spans)),
    row("Requests", ({ figures }) => counted(figures.requests)),
    row("**Failed requests**", ({ figures }) => `**${counted(figures.failed)}**`),
    row("Failed per good release", (column) => perRelease(good(column))),
    row("Errors the app made on purpose", ({ figures }) => counted(figures.onPurpose)),
    row("p50 outside a release", ({ figures }) => shown(figures.outside.p50, "ms")),
    row("p50 during a release", ({ figures }) => shown(figures.during.p50, "ms")),
    row("p50, during ÷ outside", ({ figures }) => shown(figures.during.p50 / figures.outside.p50)),
    row("p99 outside a release", ({ figures }) => shown(figures.outside.p99, "ms")),
    row("p99 during a release", ({ figures }) => shown(figures.during.p99, "ms")),
    row("p99, during ÷ outside", ({ figures }) => shown(figures.during.p99 / figures.outside.p99)),
    row("Command to switched, median", (column) => of(good(column), "switched", "median")),
    row("Command to switched, longest", (column) => of(good(column), "switched", "longest")),
    row("Command to finished, median", (column) => of(good(column), "finished", "median")),
    row("Command to finished, longest", (column) => of(good(column), "finished", "longest")),
    row("Rollback to switched", ({ rollback }) => shown(rollback?.switched ?? NaN, "s")),
    row("Rollback to finished", ({ rollback }) => shown(rollback?.finished ?? NaN, "s")),
    row("Load generator's share of a core", ({ effort }) => shown(effort.cpu)),
    row("Load generator's own delay, p99", ({ effort }) => shown(effort.lateMs, "ms")),
  ]);
}

/** The releases one after another. */
export function releases(spans: readonly SpanFigures[]): string {
  const head = ["Release", "Ends", "Command to switched", "Command to finished", "Failed requests"];
  const rows = spans.map(({ span, switched, finished, failed }) => [
    span.name,
    span.good ? "live" : "refused",
    switched === undefined ? "not switched" : shown(switched, "s"),
    shown(finished, "s"),
    counted(failed),
  ]);
  return markdownTable([head, ...rows]);
}

/** The last line of the benchmark. */
export function verdict({ failed, requests }: Figures): string {
  return `failed ${failed} of ${requests} requests`;
}

function released(spans: readonly SpanFigures[]): string {
  const good = spans.filter(({ span }) => span.good).length;
  const bad = spans.length - good;
  return bad === 0 ? `${good} good` : `${good} good, ${bad} bad`;
}

function perRelease(spans: readonly SpanFigures[]): string {
  return shown(spans.reduce((sum, { failed }) => sum + failed, 0) / spans.length);
}

function of(
  spans: readonly SpanFigures[],
  which: "switched" | "finished",
  value: "median" | "longest",
): string {
  return shown(seconds(spans, which)[value], "s");
}
