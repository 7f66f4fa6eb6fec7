import type { JobFacts, Series } from "../facts.js";
import { momentOf } from "../scale.js";
import { rangeTo, seriesOf } from "../series.js";
import { byLabel, type NowAnswers, type OverAnswers } from "./answers.js";
import { jobSpan } from "./queries.js";

type Run = JobFacts["runs"][number];

/** Results of runs that say something of the job: of those that were skipped, replaced or missed there was none. */
const results: Readonly<Partial<Record<string, "succeeded" | "failed">>> = {
  success: "succeeded",
  failure: "failed",
  timeout: "failed",
  interrupted: "failed",
};

/** Runs that a page shows at most. */
const most = 30;

/** Returns the jobs with their runs of a day, by how the counters of each have grown. @param schedules by the job's name */
export function jobFacts(
  schedules: Readonly<Record<string, string>>,
  now: NowAnswers,
  over: OverAnswers | undefined,
): JobFacts[] {
  const took = byLabel(now.values("jobSeconds"), "name");
  return Object.entries(schedules).map(([name, schedule]) => ({
    name,
    schedule,
    runs: runsOf(name, over, took.get(name)),
  }));
}

function runsOf(name: string, over: OverAnswers | undefined, seconds: number | undefined): Run[] {
  if (over === undefined) return [];
  const range = rangeTo(over.at, jobSpan);
  const all = over.series("jobRuns").flatMap(({ metric, values }): Run[] => {
    const result = results[metric["result"] ?? ""];
    if (metric["name"] !== name || result === undefined) return [];
    return growth(seriesOf(values, range)).map((at) => ({ at, result }));
  });
  const last = all.toSorted((a, b) => a.at.getTime() - b.at.getTime()).slice(-most);
  // Only how long the last one took is known.
  return last.map((each, index) => (index === last.length - 1 ? { ...each, seconds } : each));
}

/** Moments at which a counter has grown, one for each time. One that begins again, or was not there, tells of none. */
function growth(series: Series): Date[] {
  return series.values.flatMap((value, index) => {
    const before = series.values[index - 1] ?? null;
    if (value === null || before === null || value <= before) return [];
    return Array<Date>(Math.min(most, Math.round(value - before))).fill(momentOf(series, index));
  });
}
