import { describe, expect, it } from "vitest";
import { failuresIn } from "#scripts/test-failures";

const calls =
  "    at Stack.must (/here/test/support/stack.ts:80:11)\n    at /here/test/b.test.ts:7:3";
const long = Array.from({ length: 20 }, (_, line) => `line ${String(line)}`).join("\n");
const test = (fullName: string, ...failureMessages: string[]) => ({
  fullName,
  duration: 1234,
  failureMessages,
  status: failureMessages.length === 0 ? "passed" : "failed",
});

describe("failuresIn", () => {
  it("tells what failed first, with the reason and the line of the test", () => {
    const report = JSON.stringify({
      testResults: [
        {
          name: "/here/test/b.test.ts",
          startTime: 2,
          message: "",
          assertionResults: [test("stays up"), test("goes down", `Error: no\n\n${calls}`)],
        },
        {
          name: "/here/test/a.test.ts",
          startTime: 1,
          message: "",
          assertionResults: [test("says it all", `Error: ${long}\n${calls}`)],
        },
        { name: "/here/test/c.test.ts", startTime: 3, message: "not found", assertionResults: [] },
        { name: "/here/test/d.test.ts", startTime: 4, message: "", assertionResults: [test("is")] },
      ],
    });
    const [first = "", second, third, ...others] = failuresIn(report, "/here");
    expect(first).toMatch(
      /^test\/a\.test\.ts > says it all \(1\.2 s\)\n {4}Error: line 0\n {4}line 1\n/,
    );
    expect(first).toContain("\n    line 3\n    … 8 lines …\n    line 12\n");
    expect(first).toMatch(/\n {4}line 19\n {4}at \/here\/test\/b\.test\.ts:7:3$/);
    expect(second).toBe(
      "test/b.test.ts > goes down (1.2 s)\n    Error: no\n    at /here/test/b.test.ts:7:3",
    );
    expect(third).toBe("test/c.test.ts\n    not found");
    expect(others).toEqual([]);
  });
});
