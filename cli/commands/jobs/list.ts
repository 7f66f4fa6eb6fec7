import { z } from "zod";
import { table } from "../../io/table.js";

const time = z.iso.datetime({ offset: true });

const run = z.object({
  id: z.string(),
  /** The time of the schedule; none where it was run by hand. */
  scheduled: time.optional(),
  begin: time,
  end: time.optional(),
  result: z.string(),
  attempts: z.number().optional(),
  /** Exit code, or status of the answer. */
  code: z.number().optional(),
  message: z.string().optional(),
});

/** A job as the runner lists it. */
const listedJob = z.object({
  name: z.string(),
  schedule: z.string(),
  timeZone: z.string(),
  next: time.nullable(),
  /** Ids of the runs in hand. */
  running: z.array(z.string()),
  last: run.nullable(),
  lastSuccess: time.nullable(),
  consecutiveFailures: z.number(),
  totals: z
    .record(z.string(), z.number())
    .nullable()
    .transform((totals): Readonly<Record<string, number>> => totals ?? {}),
  runs: z.array(run),
});
export type ListedJob = z.output<typeof listedJob>;

/** Schema of the output of the runner's command `list`. */
export const listedJobs = z.array(listedJob);

const heads = [
  "job",
  "schedule",
  "last run (UTC)",
  "seconds",
  "result",
  "failures",
  "next run (UTC)",
  "runs now",
];

/** Jobs as a table, a line each. */
export function jobsTable(jobs: readonly ListedJob[]): string[] {
  return table([heads, ...jobs.map(row)], "");
}

function row(job: ListedJob): string[] {
  const { name, schedule, timeZone, last, next, running, consecutiveFailures } = job;
  const message = last?.message === undefined ? "" : `: ${last.message}`;
  return [
    name,
    timeZone === "UTC" ? schedule : `${schedule} (${timeZone})`,
    last === null ? "" : instant(last.begin),
    last?.end === undefined ? "" : secondsOf(last.begin, last.end),
    last === null ? "" : `${last.result}${message}`,
    String(consecutiveFailures),
    next === null ? "never" : instant(next),
    running.join(" "),
  ];
}

function secondsOf(begin: string, end: string): string {
  return ((Date.parse(end) - Date.parse(begin)) / 1000).toFixed(1);
}

/** To the second, in UTC. */
function instant(text: string): string {
  return new Date(text).toISOString().slice(0, 19).replace("T", " ");
}
