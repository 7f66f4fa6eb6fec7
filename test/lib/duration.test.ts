import { describe, expect, it } from "vitest";
import { duration, goDuration, seconds } from "../../lib/duration.js";

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
