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
 * The longest time without a run, in seconds, of several schedules that stand for one another: among the first 400 runs
 * of each, or those of two years. Infinity where there is no second run. Always the same for the same schedules.
 */
export function longestGap(schedules: readonly string[]): number {
  const runs = schedules.map((text) => firstRuns(text));
  // Beyond the last of one of them another would seem to be alone.
  const ends = runs.filter((each) => each.length === most).map((each) => each.at(-1) ?? 0);
  const all = runs
    .flat()
    .filter((time) => time <= Math.min(...ends))
    .sort((a, b) => a - b);
  const gaps = all.slice(1).map((time, index) => time - (all[index] ?? time));
  return gaps.length === 0 ? Infinity : Math.max(...gaps) / 1000;
}

const most = 400;
/** Long enough for 29 February on its own. */
const leapYearAfter = new Date("2029-01-01T00:00:00Z");
const [from, endDate] = [new Date("2024-01-01T00:00:00Z"), new Date("2026-01-02T00:00:00Z")];

/** Runs of schedules that were asked for before: several settings often have the same one. */
const known = new Map<string, readonly number[]>();

function firstRuns(text: string): readonly number[] {
  const found = known.get(text);
  if (found !== undefined) return found;
  const within = { currentDate: from, endDate, tz: "UTC" };
  const times = CronExpressionParser.parse(fiveOrSix(text), within)
    .take(most)
    .map((run) => run.getTime());
  known.set(text, times);
  return times;
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
