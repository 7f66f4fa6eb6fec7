import { describe, expect, it } from "vitest";
import { duration, durationUpTo, goDuration, seconds } from "#lib/duration";

describe("duration", () => {
  it.each([
    ["1s", 1, "1s"],
    ["59s", 59, "59s"],
    ["60s", 60, "1m0s"],
    ["90s", 90, "1m30s"],
    ["1m", 60, "1m0s"],
    ["61m", 3660, "1h1m0s"],
    ["12h", 43_200, "12h0m0s"],
    ["7d", 604_800, "168h0m0s"],
  ])("%s is %i seconds, which Go prints as %s", (text, length, printed) => {
    expect(duration.parse(text)).toBe(text);
    expect(seconds(text)).toBe(length);
    expect(goDuration(text)).toBe(printed);
  });

  it.each(["", "0s", "5", "5 s", "-5s", "1.5s", "5ms", "1m30s", "05s", "5S", "1w"])(
    "%j is none",
    (text) => {
      expect(duration.safeParse(text).success).toBe(false);
    },
  );
});

describe("durationUpTo", () => {
  it.each([
    ["24h", []],
    ["1d", []],
    ["25h", ["is above 1d; set 1d or less"]],
    ["soon", ["is not a duration; write a whole number and a unit: 30s, 5m, 12h or 7d"]],
  ])("a day says of %s %j", (text, messages) => {
    const issues = durationUpTo("1d").safeParse(text).error?.issues ?? [];
    expect(issues.map(({ message }) => message)).toEqual(messages);
  });
});
