import { markdownTable } from "#lib/markdown";
import { releases } from "../release/report.js";
import { counted } from "../statistics.js";
import type { Tasks, WorkloadFigures } from "./figures.js";

/** The account as a table, then the releases one after another. */
export function workloadReport(figures: WorkloadFigures): string {
  const { queue, table, calls, job, overlaps, releases: under } = figures;
  const good = under.spans.filter(({ span }) => span.good).length;
  const rows = [
    ["Releases", `${String(good)} good, ${String(under.spans.length - good)} bad`, ""],
    ["Requests through the proxy", counted(under.requests), `${counted(under.failed)} failed`],
    ["Calls between processes", counted(calls.made), `${counted(calls.failed)} failed`],
    ["Tasks of the Redis queue", counted(queue.made), ends(queue)],
    ["Tasks of the table", counted(table.made), ends(table)],
    [
      "Runs of the job of each minute",
      counted(job.runs),
      `${counted(job.missed)} missed, ${counted(job.doubled)} doubled, ${counted(job.interrupted)} interrupted`,
    ],
    ["Schedulers at the same time", "", counted(overlaps)],
  ];
  const head = ["", "Number", "Result"];
  return [markdownTable([head, ...rows]), releases(under.spans)].join("\n\n");
}

/** A line for each promise that was broken; none: all were kept. */
export function broken(figures: WorkloadFigures): string[] {
  const { queue, table, calls, job, overlaps, releases: under } = figures;
  const counts: readonly (readonly [number, string])[] = [
    [under.failed, "requests failed"],
    [calls.failed, `calls between processes failed: ${calls.why}`],
    [queue.lost + table.lost, "tasks were lost"],
    [queue.doubled + table.doubled, "tasks were done twice"],
    [job.missed, "times of the job had no run"],
    [job.doubled, "times of the job had two runs"],
    [job.interrupted, "runs of the job were interrupted"],
    [overlaps, "pairs of schedulers ran at the same time"],
  ];
  return counts.flatMap(([count, text]) => (count === 0 ? [] : [`${counted(count)} ${text}`]));
}

function ends({ lost, doubled }: Tasks): string {
  return `${counted(lost)} lost, ${counted(doubled)} doubled`;
}
