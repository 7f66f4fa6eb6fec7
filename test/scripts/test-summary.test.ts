import { describe, expect, it } from "vitest";
import { add, countsOf, summary } from "../../scripts/test-summary.js";

const report = (passed: number, failed: number, pending = 0, todo = 0) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: todo,
  });

describe("countsOf", () => {
  it("reads vitest's report", () => {
    expect(countsOf(1, report(7, 2, 1, 1))).toEqual({ passed: 7, failed: 2, skipped: 2 });
  });

  it("counts a failure when vitest failed without a failed test", () => {
    expect(countsOf(1, report(7, 0))).toEqual({ passed: 7, failed: 1, skipped: 0 });
    expect(countsOf(1, undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe("summary", () => {
  it("says how many passed and failed, and skipped only when some were", () => {
    const both = add({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 0, skipped: 0 });
    expect(summary(both)).toBe("3 passed, 0 failed");
    expect(summary({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
  });
});
