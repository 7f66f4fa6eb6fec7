import { z } from "zod";
import type { IncidentHistory } from "#page/facts";
import {
  dayQueries,
  daySeriesIn,
  daySpan,
  outageQuery,
  outagesIn,
  outageSpan,
  rangeTo,
  theOne,
  type DayAnswers,
  type DaySeries,
  type FoundSeries,
  type Range,
  type SeriesNames,
} from "#page/series";
import type { MonitoringClient } from "../alerts/alertmanager.js";

/** Access to a stack's Prometheus. */
export type AskMonitoring = Pick<MonitoringClient, "get">;

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

/** Asks for the day before a moment. @throws Failure */
export async function daySeries(
  monitoring: AskMonitoring,
  at: Date,
  names: SeriesNames,
): Promise<DaySeries> {
  const range = rangeTo(at, daySpan);
  const asked = Object.entries(dayQueries(names)).map(
    async ([name, query]) => [name, await ask(monitoring, query, range)] as const,
  );
  return daySeriesIn(Object.fromEntries(await Promise.all(asked)) as DayAnswers, range);
}

/** Times in which the site did not answer, as the probes have seen them, to five minutes. @throws Failure */
export async function outagesBefore(
  monitoring: AskMonitoring,
  at: Date,
): Promise<IncidentHistory | undefined> {
  const range = rangeTo(at, outageSpan);
  return outagesIn(theOne(await ask(monitoring, outageQuery, range), range));
}

async function ask(
  monitoring: AskMonitoring,
  query: string,
  range: Range,
): Promise<readonly FoundSeries[]> {
  const { start, end, step } = range;
  const of = new URLSearchParams({
    query,
    start: String(start),
    end: String(end),
    step: String(step),
  });
  const path = `/api/v1/query_range?${of.toString()}`;
  return (await monitoring.get("prometheus", path, matrix)).data.result;
}
