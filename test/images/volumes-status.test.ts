import { describe, expect, it } from "vitest";
import { run } from "../support/docker.js";

/** What images/backup/volumes-status.jq makes of what several containers say. */
async function joined(all: readonly object[]): Promise<unknown> {
  const { stdout } = await run("jq", ["-f", "images/backup/volumes-status.jq"], {
    input: JSON.stringify(all),
  });
  return JSON.parse(stdout);
}

const at = (day: number) => `2026-01-0${String(day)}T00:00:00Z`;
const good = (day: number) => ({ proven: true, endedAt: at(day) });
const one = {
  run: { lastSuccess: at(3), seconds: 2, error: null },
  drills: [{ repository: 1, last: good(3), lastProven: good(3) }],
};

describe("the status of several containers that back up volumes", () => {
  it("is that of the one where there is one", async () => {
    expect(await joined([one])).toEqual(one);
    expect(await joined([])).toEqual({ run: {}, drills: [] });
  });

  it("is as old, and as bad, as that of the worst of them", async () => {
    const red = { proven: false, endedAt: at(1), error: "not read" };
    const other = {
      run: { lastSuccess: at(2), seconds: 1, error: "redis-jobs could not be copied" },
      drills: [{ repository: 1, last: red, lastProven: good(1) }],
    };
    expect(await joined([one, other])).toEqual({
      run: { lastSuccess: at(2), seconds: 3, error: "redis-jobs could not be copied" },
      drills: [{ repository: 1, last: red, lastProven: good(1) }],
    });
  });

  it("counts one that has said nothing yet as one that was never good", async () => {
    expect(await joined([one, {}])).toEqual({
      run: { lastSuccess: null, seconds: 2, error: null },
      drills: [{ repository: 1, last: good(3), lastProven: null }],
    });
  });
});
