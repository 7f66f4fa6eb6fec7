import { describe, expect, it } from "vitest";
import { cron, longestGap } from "../../lib/cron.js";

describe("cron", () => {
  it.each([
    ...["* * * * *", "0 2 * * *", "*/15 * * * *", "0 3 * * 0", "5,35 8-18 1 1-6 mon"],
    ...["*/2 * * * * * *", "0 0 2 * * * 2030"],
  ])("takes %s", (text) => {
    expect(cron.safeParse(text).success).toBe(true);
  });

  it.each([
    "",
    "daily",
    "@daily",
    "0 2 * *",
    "0 2 * * * *",
    "60 * * * *",
    "0 25 * * *",
    "x * * * *",
  ])("refuses %j", (text) => {
    const [issue] = cron.safeParse(text).error?.issues ?? [];
    expect(issue?.message).toBe(
      'is not a cron schedule; write five fields in UTC, such as "0 2 * * *" for 02:00 every day',
    );
  });
});

describe("longestGap", () => {
  const hours = 3600;
  it.each([
    [["0 2 * * *"], 24 * hours],
    [["0 1 * * 0"], 7 * 24 * hours],
    [["0 1 * * 0", "0 1 * * 1-6"], 24 * hours],
    [["0 1 * * 0", "0 13 * * 1-6"], 36 * hours],
    [["0 8-18 * * *"], 14 * hours],
    [["0 1 1 * *"], 31 * 24 * hours],
    [["*/5 * * * * * *"], 5],
    // The one that runs often must not end where the other still has gaps.
    [["* * * * *", "0 1 1 * *"], 60],
    [["0 0 29 2 *"], Infinity],
  ])("of %j is %d s", (schedules, gap) => {
    expect(longestGap(schedules)).toBe(gap);
  });
});
