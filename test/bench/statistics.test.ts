import { describe, expect, it } from "vitest";
import { counted, median, shown } from "#bench/statistics";
import { percentile } from "#lib/percentile";

describe("percentile", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it("is the smallest value that the share does not exceed", () => {
    expect([0.01, 0.5, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([
      1, 50, 99, 100,
    ]);
    expect(percentile([7], 0.99)).toBe(7);
  });

  it("of nothing is not a number", () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe("median", () => {
  it("is the one in the middle, or half way between two", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 2])).toBe(3.5);
    expect(median([])).toBeNaN();
  });
});

describe("what a person reads", () => {
  it("has three digits that mean something, and a dash for nothing", () => {
    expect([1234.5, 45.67, 0.956].map((value) => shown(value))).toEqual(["1235", "45.7", "0.96"]);
    expect([shown(4.2, "s"), shown(NaN, "s")]).toEqual(["4.20 s", "–"]);
  });

  it("has its thousands apart", () => {
    expect([999, 1000, 105_123, 1_000_000].map(counted)).toEqual([
      "999",
      "1 000",
      "105 123",
      "1 000 000",
    ]);
  });
});
