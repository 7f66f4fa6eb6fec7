import { describe, expect, it } from "vitest";
import type { JobState, StatusFacts } from "#cli/commands/status/facts";
import { pageFacts } from "#cli/commands/status/page-facts";

const canary = "canary-of-a-secret";
const at = new Date("2026-03-02T12:00:00Z");
const more = { problems: [], releases: [], watched: undefined };

const bare: StatusFacts = {
  stack: "prod",
  at,
  processes: [],
  running: { found: [] },
  proxy: { found: undefined },
  site: { url: "https://shop.example.com/ready", status: 200, milliseconds: 8, isUp: true },
  database: undefined,
  backups: undefined,
  jobs: undefined,
  disk: undefined,
};

const run = (id: string, result: string, end?: string) => ({
  id,
  begin: `2026-03-02T11:0${id}:00Z`,
  ...(end === undefined ? {} : { end }),
  result,
  message: canary,
});

const job: JobState = {
  name: "janitor",
  schedule: "30 3 * * *",
  timeZone: "Europe/Berlin",
  next: null,
  running: ["5"],
  last: null,
  lastSuccess: null,
  consecutiveFailures: 0,
  totals: {},
  runs: [
    run("5", ""),
    run("4", "timeout", "2026-03-02T11:04:30Z"),
    run("3", "skipped", "2026-03-02T11:03:00Z"),
    run("2", "success", "2026-03-02T11:02:01.5Z"),
  ],
  alertFailures: 1,
};

describe("pageFacts", () => {
  it("has what a stack has, and no more", () => {
    const { jobs, database, backups, traffic, site } = pageFacts("shop-prod", bare, more);
    expect({ jobs, database, backups, traffic }).toEqual({});
    expect(site).toMatchObject({ state: "up", answer: "HTTP 200" });
  });

  it("has the runs of jobs, oldest first, without what they said", () => {
    const { jobs } = pageFacts("shop-prod", { ...bare, jobs: { found: [job] } }, more);
    expect(jobs).toMatchObject([
      {
        name: "janitor",
        schedule: "30 3 * * * (Europe/Berlin)",
        runs: [
          { result: "succeeded", seconds: 1.5 },
          { result: "failed", seconds: 30 },
          { result: "running" },
        ],
      },
    ]);
    expect(JSON.stringify(jobs)).not.toContain(canary);
  });

  it("says of what can't be asked that it is not known", () => {
    const watched = { unknown: "Prometheus does not answer" };
    const { problems } = pageFacts("shop-prod", bare, {
      ...more,
      watched,
      problems: ["It is old."],
    });
    expect(problems).toEqual(["It is old.", "Prometheus does not answer"]);
  });
});
