import { describe, expect, it } from "vitest";
import { add, countsOf, none, skippedIn, summary } from "#scripts/test-summary";

const report = (passed: number, failed: number, pending = 0, todo = 0, tests: object[] = []) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: todo,
    testResults: [{ assertionResults: tests }],
  });

const missing = { fullName: "reads a state (no pulumi on the PATH)", status: "skipped", tags: [] };
const long = { fullName: "survives a kill", status: "skipped", tags: ["long"] };
const failed = { fullName: "answers", status: "failed", tags: ["long"] };

describe("countsOf", () => {
  it("reads vitest's report", () => {
    expect(countsOf(1, report(7, 2, 1, 1))).toEqual({ passed: 7, failed: 2, skipped: 2, left: 0 });
  });

  it("tells what lacks something from what another run has", () => {
    const text = report(7, 1, 2, 0, [missing, long, failed]);
    expect(countsOf(1, text)).toEqual({ passed: 7, failed: 1, skipped: 1, left: 1 });
    expect(skippedIn(text)).toEqual([missing.fullName]);
  });

  it("counts a failure when vitest failed without a failed test", () => {
    expect(countsOf(1, report(7, 0))).toEqual({ ...none, passed: 7, failed: 1 });
    expect(countsOf(1, undefined)).toEqual({ ...none, failed: 1 });
  });
});

describe("summary", () => {
  it("says how many passed and failed, and skipped only when some were", () => {
    const both = add({ ...none, passed: 1 }, { ...none, passed: 2, left: 5 });
    expect(both).toEqual({ passed: 3, failed: 0, skipped: 0, left: 5 });
    expect(summary(both)).toBe("3 passed, 0 failed");
    const all = { passed: 3, failed: 1, skipped: 2, left: 5 };
    expect(summary(all)).toBe("3 passed, 1 failed, 2 skipped");
  });
});
