import { CronExpressionParser } from "cron-parser";
import { z } from "zod";
import { cronFault, type CronFault } from "./cron-fault.js";
import { problemText } from "./settings.js";

/** A schedule in UTC: five cron fields (minute, hour, day, month, weekday), or seven with seconds and year. */
export const cron = cronIn("UTC");

/** The same in another time zone. @param zone what a message calls it */
export function cronIn(zone: string) {
  return z
    .string()
    .superRefine((text, context) => {
      const fault = cronFault(text, zone) ?? runFault(text);
      if (fault !== undefined) context.addIssue({ code: "custom", message: problemText(...fault) });
    })
    .meta({ title: "cron schedule" });
}

/**
 * The longest time without a run, in seconds, of several schedules that stand for one another, within two years.
 * Infinity where there is no second run. Always the same for the same schedules.
 */
export function longestGap(schedules: readonly string[]): number {
  const parsed = schedules.map(scheduleOf);
  const known = new Map<string, DayOfRuns>();
  let gap = 0;
  let previous: number | undefined;
  for (let at = from.getTime() / 1000; at < endDate.getTime() / 1000; at += daySeconds) {
    const date = new Date(at * 1000);
    const runs = parsed.map(({ isOn }) => isOn(date));
    if (!runs.includes(true)) continue;
    const key = runs.join();
    const day = known.get(key) ?? dayOf(parsed.filter((_, index) => runs[index] === true));
    known.set(key, day);
    gap = Math.max(gap, day.gap, previous === undefined ? 0 : at + day.first - previous);
    previous = at + day.last;
  }
  return gap === 0 ? Infinity : gap;
}

const daySeconds = 86_400;
/** Long enough for 29 February on its own. */
const leapYearAfter = new Date("2029-01-01T00:00:00Z");
const [from, endDate] = [new Date("2024-01-01T00:00:00Z"), new Date("2026-01-02T00:00:00Z")];

interface Schedule {
  readonly isOn: (day: Date) => boolean;
  /** Seconds of a day. */
  readonly times: readonly number[];
}

function scheduleOf(text: string): Schedule {
  const { fields } = CronExpressionParser.parse(fiveOrSix(text), { tz: "UTC" });
  const { dayOfMonth, month, dayOfWeek } = fields;
  const [days, months, weekdays] = [dayOfMonth, month, dayOfWeek].map(
    ({ values }) => new Set(values.map(Number)),
  );
  const times = fields.hour.values.flatMap((hour) =>
    fields.minute.values.flatMap((minute) =>
      fields.second.values.map((second) => (hour * 60 + minute) * 60 + second),
    ),
  );
  const isOn = (date: Date) => {
    if (months?.has(date.getUTCMonth() + 1) !== true) return false;
    const [ofMonth, ofWeek] = [days?.has(date.getUTCDate()), weekdays?.has(date.getUTCDay())];
    // Where both are named, one of them is enough.
    return dayOfMonth.isWildcard || dayOfWeek.isWildcard
      ? ofMonth === true && ofWeek === true
      : ofMonth === true || ofWeek === true;
  };
  return { isOn, times };
}

/** Runs of a day: seconds of it, and the longest time between two of them. */
interface DayOfRuns {
  readonly first: number;
  readonly last: number;
  readonly gap: number;
}

function dayOf(schedules: readonly Schedule[]): DayOfRuns {
  const times = schedules.flatMap((each) => each.times).toSorted((a, b) => a - b);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const gap = times.reduce((most, time, at) => Math.max(most, time - (times[at - 1] ?? time)), 0);
  return { first, last, gap };
}

/** Returns the fields that the parser knows: supercronic's seventh field is the year. */
function fiveOrSix(text: string): string {
  return text.trim().split(/\s+/).slice(0, 6).join(" ");
}

/** Of a schedule that is well formed: supercronic would look for a day that never comes without a pause. */
function runFault(text: string): CronFault | undefined {
  const never: CronFault = ["never comes", "name a day that its months have"];
  try {
    const within = { currentDate: from, endDate: leapYearAfter, tz: "UTC" };
    const [run] = CronExpressionParser.parse(fiveOrSix(text), within).take(1);
    return run === undefined ? never : undefined;
  } catch (error) {
    if (!/duplicate/.test(String(error))) return never;
    return ["names a value twice in one field", "write each once, and ranges that do not overlap"];
  }
}
