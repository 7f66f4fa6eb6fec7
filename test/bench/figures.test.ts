import { describe, expect, it } from "vitest";
import type { Sample } from "#bench/load/samples";
import { figuresOf, seconds, type Span } from "#bench/release/figures";
import { comparison, releases, verdict } from "#bench/release/report";

const sample = (began: number, ms: number, more: Partial<Sample> = {}): Sample => ({
  kind: "keep-alive",
  began,
  ms,
  outcome: "ok",
  version: "1",
  ...more,
});

/** From second 10 to second 14, to version 2. */
const span: Span = { name: "good 2", version: "2", good: true, began: 10_000, ended: 14_000 };

describe("figuresOf", () => {
  const samples = [
    sample(9_000, 2),
    sample(11_000, 10),
    sample(12_000, 500, { version: "2" }),
    sample(12_100, 40, { version: "2", kind: "fresh" }),
    sample(13_000, 1, { outcome: "failed", version: undefined }),
    // A moment after the command has ended, and long after.
    sample(16_900, 30, { outcome: "failed" }),
    sample(17_100, 4, { outcome: "failed" }),
    sample(18_000, 4, { outcome: "onPurpose" }),
    // What takes as long as it is meant to is no latency.
    sample(9_500, 2000, { kind: "slow" }),
  ];
  const figures = figuresOf(samples, [span]);

  it("counts failures and errors on purpose apart", () => {
    expect(figures).toMatchObject({ requests: 9, failed: 3, onPurpose: 1 });
    expect(figures.byKind).toEqual({ "keep-alive": 7, fresh: 1, slow: 1 });
  });

  it("tells latency during a release from that outside, of what was answered", () => {
    expect(figures.outside).toEqual({ count: 1, p50: 2, p99: 2 });
    expect(figures.during).toEqual({ count: 3, p50: 40, p99: 500 });
  });

  it("has a release's failures, also those a moment after it, and the first answer of its version", () => {
    expect(figures.spans).toEqual([{ span, switched: 2.14, finished: 4, failed: 2 }]);
  });

  it("knows no moment of a switch that did not happen", () => {
    const missed = { ...span, version: "3" };
    expect(figuresOf(samples, [missed]).spans[0]?.switched).toBeUndefined();
    expect(seconds(figuresOf(samples, [missed]).spans, "switched").median).toBeNaN();
  });

  it("takes a rollback's version only from answers since its command", () => {
    const back = { ...span, version: "1" };
    expect(figuresOf(samples, [back]).spans[0]?.switched).toBeCloseTo(1.01, 6);
  });
});

describe("the report", () => {
  const bad: Span = { ...span, name: "never healthy", version: "3", good: false, ended: 20_000 };
  const figures = figuresOf([sample(9_000, 2), sample(12_000, 5, { version: "2" })], [span, bad]);

  it("says what each release came to", () => {
    expect(releases(figures.spans).split("\n").slice(2)).toEqual([
      "| good 2        | live    | 2.00 s              | 4.00 s              | 0               |",
      "| never healthy | refused | not switched        | 10.0 s              | 0               |",
    ]);
  });

  it("puts the ways side by side", () => {
    const effort = { cpu: 0.1, lateMs: 1 };
    const table = comparison([{ title: "Keelson", figures, effort }]);
    expect(table).toContain("| Releases                         | 1 good, 1 bad |");
    expect(table).toContain("| p50, during ÷ outside            | 2.50          |");
    expect(table).toContain("| Command to finished, median      | 4.00 s        |");
    expect(table).toContain("| Rollback to switched             | –             |");
  });

  it("ends with how many requests failed", () => {
    expect(verdict({ ...figures, failed: 3, requests: 105_123 })).toBe(
      "failed 3 of 105123 requests",
    );
  });
});
