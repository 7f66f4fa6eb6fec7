import { describe, expect, it } from "vitest";
import { cron, longestGap } from "#lib/cron";
import { schedules } from "../support/schedules.js";

describe("cron", () => {
  it.each(schedules)("takes %j", (text) => {
    expect(cron.safeParse(text).error?.issues).toBeUndefined();
  });

  const five =
    'is not a cron schedule; write five fields in UTC, such as "0 2 * * *" for 02:00 every day';
  const advice = (numbers: string) =>
    `write *, numbers from ${numbers}, ranges such as 1-5, steps such as */2, or a list of those`;
  const [minutes, days] = [advice("0 to 59"), advice("1 to 31")];
  const [months, weekdays] = [advice("1 to 12, jan, feb …"), advice("0 to 6, sun, mon …")];

  it.each([
    // What other schedulers know.
    ["H 2 * * *", `has "H" for its minute; ${minutes}`],
    ["H(0-29) 2 * * *", `has "H(0-29)" for its minute; ${minutes}`],
    ["~ 2 * * *", `has "~" for its minute; ${minutes}`],
    ["@daily", 'is not a cron schedule; write it as "0 0 * * *"'],
    ["@reboot", five],
    ["@every 1h", five],
    ["TZ=Europe/Berlin 0 2 * * *", five],
    ["0 2 * * * root", five],
    ["0 0 12 1 * ? *", undefined],
    ["0 0/5 14 * * ?", five],
    ["0 2 15W * *", `has "15W" for its day; ${days}`],
    ["0 2 LW * *", `has "LW" for its day; ${days}`],
    ["? 2 * * *", `has "?" for its minute; ${minutes}`],
    // What one of the two parsers takes for something else.
    ["0 2 * * 1-7", 'has "1-7" for its weekday, and no range ends at 7; write it as *'],
    ["0 2 * * 5-7", 'has "5-7" for its weekday, and no range ends at 7; write it as 5-6,0'],
    ["0 2 * * 05", `has "05" for its weekday; ${weekdays}`],
    ["0 2 * * 2/5", 'has "2/5" for its weekday; write where its steps end: 2-6/5'],
    ["0 2 * * sunday", `has "sunday" for its weekday; ${weekdays}`],
    ["0 2 1 january *", `has "january" for its month; ${months}`],
    ["0 0 2 * * * 2030", 'has "2030" for its year; write * there, or five fields'],
    ["0 2 30 2 *", "never comes; name a day that its months have"],
    ["0 2 31 4,6 *", "never comes; name a day that its months have"],
    // What neither takes.
    ["", five],
    ["daily", five],
    ["0 2 * *", five],
    ["0 2 * * * *", five],
    ["0 2 * * *\n* * * * *", "is of more than one line; write it in one"],
    ["0 2 * * *\n", "is of more than one line; write it in one"],
    ["0\u00a02 * * *", five],
    ["60 * * * *", `has "60" for its minute; ${minutes}`],
    ["-5 * * * *", `has "-5" for its minute; ${minutes}`],
    ["0 25 * * *", `has "25" for its hour; ${advice("0 to 23")}`],
    ["0 2 0 * *", `has "0" for its day; ${days}`],
    ["0 2 * 13 *", `has "13" for its month; ${months}`],
    ["0 2 * * 8", `has "8" for its weekday; ${weekdays}`],
    ["0 2 * * monday-fri", `has "monday-fri" for its weekday; ${weekdays}`],
    ["x * * * *", `has "x" for its minute; ${minutes}`],
    ["1,,2 * * * *", `has "" for its minute; ${minutes}`],
    ["*,5 * * * *", `has "*" for its minute; ${minutes}`],
    ["*/0 * * * *", 'has "*/0" for its minute; write a step from 1 to 59'],
    ["*/60 * * * *", 'has "*/60" for its minute; write a step from 1 to 59'],
    ["0 */24 * * *", 'has "*/24" for its hour; write a step from 1 to 23'],
    [
      "0 22-2 * * *",
      'has "22-2" for its hour, which ends before it begins; write two ranges: 22-23,0-2',
    ],
    [
      "0 2 * * fri-mon",
      'has "fri-mon" for its weekday, which ends before it begins; write two ranges: 5-6,0-1',
    ],
    [
      "0 2 * * 0,7",
      "names a value twice in one field; write each once, and ranges that do not overlap",
    ],
  ])("of %j says what is wrong", (text, problem) => {
    const issues = cron.safeParse(text).error?.issues.map(({ message }) => message);
    expect(issues).toEqual(problem === undefined ? undefined : [problem]);
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
    [["0 1 * * 7"], 7 * 24 * hours],
    [["0 0 13 * 5"], 7 * 24 * hours],
    [["0 0 */2 * *"], 48 * hours],
    // The longest is months after the first run.
    [["0 8-18 * * *", "30 2 * 1-6 *"], 14 * hours],
    [["*/5 9-17 * * 1-5"], 63 * hours + 300],
  ])("of %j is %d s", (schedules, gap) => {
    expect(longestGap(schedules)).toBe(gap);
  });
});
