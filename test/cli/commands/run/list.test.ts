import { describe, expect, it } from "vitest";
import { runsText } from "#cli/commands/run/list";
import type { RunRecord } from "#release/history/runs";

const run: RunRecord = {
  id: "1",
  who: "kim@host",
  by: "7@host",
  begin: "2026-03-01T12:00:00.000Z",
  end: "2026-03-01T12:00:02.500Z",
  code: 3,
  command: ["sh", "-c", "echo a\necho b"],
  process: "app",
  as: "app",
  image: "shop:1",
};

describe("runsText", () => {
  it("is a line for each run, with what came of it", () => {
    const going = { ...run, end: null, code: null, command: ["console"] };
    const lost = { ...going, by: "8@host" };
    const lines = runsText([run, going, lost], (by) => by === "7@host");
    expect(lines.map((line) => line.replace(/ +/g, " "))).toEqual([
      "begun (UTC) seconds code process as by command",
      '2026-03-01 12:00:00 2.5 3 app app kim@host sh -c "echo a\\necho b"',
      "2026-03-01 12:00:00 runs app app kim@host console",
      "2026-03-01 12:00:00 not known app app kim@host console",
    ]);
    expect(runsText([])).toEqual(["Nothing was run yet."]);
  });
});
