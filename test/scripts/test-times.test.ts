import { describe, expect, it } from "vitest";
import { timeTables } from "#scripts/test-times";

describe("timeTables", () => {
  it("has the slowest files, what they waited for, and the commands", () => {
    const [a, b] = ["test/e2e/a.test.ts", "test/e2e/b.test.ts"];
    const wait = { file: a, kind: "until", what: "a backup" } as const;
    const up = { kind: "command", what: "keelson up" } as const;
    const lines = timeTables({ [a]: 12.3, [b]: 100 }, [
      { ...wait, seconds: 2 },
      { ...wait, seconds: 3.5 },
      { ...up, file: a, seconds: 4 },
      { ...up, file: b, seconds: 50.24 },
    ]);
    expect(lines).toEqual([
      "files: 112 s in all",
      "   100.0 s  test/e2e/b.test.ts",
      "    12.3 s  test/e2e/a.test.ts, 6 s of it waits",
      "waits for a condition",
      "     5.5 s  test/e2e/a.test.ts: a backup (2 times)",
      "commands",
      "    54.2 s  keelson up (2 times)",
    ]);
  });

  it("is nothing for nothing", () => {
    expect(timeTables({}, [])).toEqual([]);
  });
});
