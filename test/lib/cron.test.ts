import { describe, expect, it } from "vitest";
import { cron } from "../../lib/cron.js";

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
