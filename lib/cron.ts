import { CronExpressionParser } from "cron-parser";
import { z } from "zod";
import { saying } from "./settings.js";

/** A schedule in UTC: five cron fields (minute, hour, day, month, weekday), or seven with seconds and year. */
export const cron = z
  .string()
  .refine(isSchedule, {
    error: saying(
      "is not a cron schedule",
      'write five fields in UTC, such as "0 2 * * *" for 02:00 every day',
    ),
  })
  .meta({ title: "cron schedule" });

function isSchedule(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 7) return false;
  // supercronic's seventh field is the year, which the parser does not know.
  const year = fields.length === 7 ? fields.pop() : undefined;
  if (year !== undefined && !/^(\*|\d{4})(\/\d+)?$/.test(year)) return false;
  try {
    CronExpressionParser.parse(fields.join(" "));
    return true;
  } catch {
    return false;
  }
}
