import { describe, expect, it } from "vitest";
import { jobsTable, listedJobs } from "#cli/commands/jobs/list";

/** As the runner prints it. */
const printed = [
  {
    name: "cleanup",
    schedule: "*/15 * * * *",
    timeZone: "UTC",
    next: "2026-11-30T09:30:00Z",
    running: ["20261130-091500-0a1b2c"],
    last: {
      id: "20261130-090000-0a1b2c",
      scheduled: "2026-11-30T09:00:00Z",
      begin: "2026-11-30T09:00:00.003Z",
      end: "2026-11-30T09:00:01.253Z",
      result: "success",
      attempts: 1,
      code: 204,
      container: "abc",
      http: true,
    },
    lastSuccess: "2026-11-30T09:00:01.253Z",
    consecutiveFailures: 0,
    totals: { success: 4 },
    runs: [],
  },
  {
    name: "janitor",
    schedule: "30 3 * * *",
    timeZone: "Europe/Berlin",
    next: "2026-12-01T03:30:00+01:00",
    running: [],
    last: {
      id: "20261130-023000-0a1b2c",
      begin: "2026-11-30T03:30:00+01:00",
      end: "2026-11-30T03:30:12.4+01:00",
      result: "failure",
      message: "it ended with 1",
      container: "abc",
    },
    lastSuccess: null,
    consecutiveFailures: 2,
    totals: { failure: 2 },
    runs: [],
  },
  {
    name: "new",
    schedule: "0 0 1 1 *",
    timeZone: "UTC",
    next: null,
    running: [],
    last: null,
    lastSuccess: null,
    consecutiveFailures: 0,
    totals: null,
    runs: [],
  },
];

describe("keelson jobs list", () => {
  it("has a line for each job, with times in UTC", () => {
    expect(jobsTable(listedJobs.parse(printed))).toEqual([
      "job      schedule                    last run (UTC)       seconds  result                    failures  next run (UTC)       runs now",
      "cleanup  */15 * * * *                2026-11-30 09:00:00  1.3      success                   0         2026-11-30 09:30:00  20261130-091500-0a1b2c",
      "janitor  30 3 * * * (Europe/Berlin)  2026-11-30 02:30:00  12.4     failure: it ended with 1  2         2026-12-01 02:30:00",
      "new      0 0 1 1 *                                                                           0         never",
    ]);
  });
});
