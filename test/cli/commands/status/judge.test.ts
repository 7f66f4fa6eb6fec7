import { describe, expect, it } from "vitest";
import type { JobState, StatusFacts } from "#cli/commands/status/facts";
import { statusProblems } from "#cli/commands/status/judge";
import { screen } from "#cli/commands/status/screen";
import type { Inventory } from "#cli/documents/backups";
import type { Release } from "#cli/stack/releases";

const at = new Date("2026-03-02T12:00:00Z");

const release = (more: Partial<Release>): Release => ({
  id: "v12",
  result: "live",
  reason: null,
  begin: "2026-03-01T08:00:00Z",
  switched: "2026-03-01T08:00:30Z",
  end: "2026-03-01T08:01:00Z",
  seconds: 60,
  image: "registry.example.com/team/shop@sha256:0123456789abcdef",
  imageId: null,
  version: "1.2.0",
  gitSha: "0123456789abcdef",
  who: "kim",
  backTo: null,
  requests: 0,
  failed: 0,
  errors: 0,
  migration: null,
  settings: {},
  wasLive: true,
  previous: false,
  by: "1@host",
  ...more,
});

const inventory: Inventory = {
  window: { from: "2026-02-01T00:00:00Z", to: null },
  backups: [],
  dumps: [],
  archive: { waiting: 0 },
  lastRuns: { dump: null, base: null, verify: null },
  alerts: [],
  disks: [{ name: "data", size: 100e9, free: 40e9 }],
  drills: {
    last: null,
    lastProven: {
      id: "1",
      kind: "time",
      proven: true,
      error: null,
      endedAt: "2026-03-02T03:00:00Z",
      rpoSeconds: 31,
      rtoSeconds: 44,
      checks: [],
    },
  },
};

const process_ = (instance: string, running = true) => ({
  instance,
  process: instance,
  container: `shop-prod-${instance}`,
  running,
  health: "healthy",
  restarts: 0,
  startedAt: "2026-03-01T08:00:00Z",
  usage: { memory: 100e6, memoryLimit: 400e6, cpuPercent: 2.34 },
});

const proxyFacts = {
  live: release({}),
  newest: undefined,
  requests: {
    since: new Date("2026-03-02T11:00:00Z"),
    requests: 1234,
    failed: 1,
    errors: 2,
    perSecond: 3,
    milliseconds: 12,
  },
  isInMaintenance: false,
};

const databaseFacts = {
  size: 31.3e6,
  connections: 12,
  connectionLimit: 100,
  longestQuery: 0.25,
  oldestTransaction: null,
  waitingForLocks: 0,
};

const job = (name: string, more: Partial<JobState> = {}): JobState => ({
  name,
  schedule: "*/15 * * * *",
  timeZone: "UTC",
  next: "2026-03-02T12:15:00Z",
  running: [],
  last: {
    id: "1",
    begin: "2026-03-02T11:45:00Z",
    end: "2026-03-02T11:45:02.5Z",
    result: "success",
  },
  lastSuccess: "2026-03-02T11:45:02.5Z",
  consecutiveFailures: 0,
  totals: {},
  runs: [],
  alertFailures: 2,
  ...more,
});

const failed = {
  id: "2",
  begin: "2026-03-02T11:55:00Z",
  end: "2026-03-02T11:55:01Z",
  result: "failure",
  message: "it ended with 3",
};

/** A stack on which nothing is wrong. */
const sound: StatusFacts = {
  stack: "prod",
  at,
  processes: [process_("proxy"), process_("app-2")],
  running: { found: [] },
  proxy: { found: proxyFacts },
  site: {
    url: "https://shop.example.com/ready",
    status: 200,
    milliseconds: 8,
    validUntil: new Date("2026-04-02T12:00:00Z"),
    isUp: true,
  },
  database: { found: databaseFacts },
  backups: { found: inventory },
  jobs: { found: [job("cleanup"), job("janitor", { consecutiveFailures: 1, last: failed })] },
  disk: { name: "/var/lib/docker", free: 40e9 },
};

const withDatabase = (more: object): Partial<StatusFacts> => ({
  database: { found: { ...databaseFacts, ...more } },
});

describe("statusProblems", () => {
  it("finds none where nothing is wrong, nor of what a stack does not have", () => {
    expect(statusProblems(sound)).toEqual([]);
    const bare = {
      ...sound,
      database: undefined,
      backups: undefined,
      jobs: undefined,
      disk: undefined,
    };
    expect(statusProblems(bare)).toEqual([]);
  });

  it.each<[string, Partial<StatusFacts>, string[]]>([
    [
      "containers that do not run",
      { processes: [process_("app", false), process_("proxy", false)] },
      ["app, proxy do not run; run keelson up --stack prod."],
    ],
    [
      "what runs, but not as it should",
      { running: { found: [{ level: "warn", workload: "app", text: "It was killed." }] } },
      ["It was killed."],
    ],
    [
      "a site that does not answer",
      { site: { url: "http://a/", error: "ECONNREFUSED", milliseconds: 1, isUp: false } },
      ["http://a/ does not answer as it should: ECONNREFUSED."],
    ],
    [
      "a wrong answer, and a certificate that ends",
      {
        site: {
          ...sound.site,
          status: 502,
          isUp: false,
          validUntil: new Date("2026-03-10T12:00:00Z"),
        },
      },
      [
        "https://shop.example.com/ready does not answer as it should: HTTP 502.",
        "The certificate of https://shop.example.com/ready is valid for 8 days more; renew it.",
      ],
    ],
    [
      "maintenance, which is why clients get 503",
      {
        proxy: { found: { ...proxyFacts, isInMaintenance: true } },
        site: { ...sound.site, status: 503, isUp: false },
      },
      ["Maintenance is on: clients get 503; keelson maintenance off ends it."],
    ],
    [
      "connections that are nearly used up",
      withDatabase({ connections: 80 }),
      [
        "The database has 80 of 100 connections in use; look at app.poolSize and postgres.maxConnections.",
      ],
    ],
    [
      "a transaction that was left open",
      withDatabase({ oldestTransaction: 7300 }),
      [
        "A transaction has been open for 121 minutes, and keeps old rows from being cleaned up; find it by keelson psql: SELECT pid, usename, state, query FROM pg_stat_activity ORDER BY xact_start.",
      ],
    ],
    [
      "what backups warn of",
      { backups: { found: { ...inventory, alerts: [{ alert: "A", text: "it is old" }] } } },
      ["Backups: it is old"],
    ],
    [
      "a job that failed as often as an alert is delivered of",
      { jobs: { found: [job("janitor", { consecutiveFailures: 2, last: failed })] } },
      [
        "The job janitor failed in its last 2 runs (failure: it ended with 3); look at keelson jobs logs janitor --stack prod.",
      ],
    ],
    [
      "what can't be looked at, which is not known to be fine",
      {
        database: { unknown: "no route" },
        backups: { unknown: "no repository" },
        proxy: { unknown: "it ended" },
        running: { unknown: "docker" },
        jobs: { unknown: "no runner" },
      },
      [
        "How the containers run is not known: docker",
        "The proxy can't be asked: it ended",
        "The database does not answer: no route",
        "The backups can't be listed: no repository",
        "How the jobs do is not known: no runner",
      ],
    ],
  ])("names %s", (_what, change, expected) => {
    expect(statusProblems({ ...sound, ...change })).toEqual(expected);
  });

  it("takes a stopped container for one of before while a release runs", () => {
    const running = { ...proxyFacts, newest: release({ id: "v13", result: "running" }) };
    const processes = [process_("app", false)];
    expect(statusProblems({ ...sound, processes, proxy: { found: running } })).toEqual([]);
  });
});

describe("screen", () => {
  it("is one look", () => {
    expect(screen(sound, [])).toEqual([
      "prod: v12 1.2.0 (0123456789), team/shop@0123456789ab, live for 1 d 3 h, by kim",
      "https://shop.example.com/ready: HTTP 200 in 8 ms, certificate for 31 more days",
      "1234 requests in 1 h, 1 failed, 2 answered with 5xx; now 3 a second, 12 ms on average",
      "",
      "  process  state    since    restarts  memory                       CPU",
      "  proxy    healthy  1 d 4 h  0         100.0 MB of 400.0 MB (25 %)  2.3 %",
      "  app-2    healthy  1 d 4 h  0         100.0 MB of 400.0 MB (25 %)  2.3 %",
      "",
      "database     31.3 MB, 12 of 100 connections, longest query 0.3 s, oldest transaction none, 0 wait for a lock",
      "backups      any moment since 2026-02-01T00:00:00Z, proven 2026-03-02T03:00:00Z (RPO 31 s, RTO 44 s)",
      "job cleanup  success 15 min ago, next in 15 min",
      "job janitor  failure 5 min ago, next in 15 min",
      "disks        data 60 % full, 40.0 GB free; /var/lib/docker 40.0 GB free",
      "",
      "Nothing is wrong.",
    ]);
  });

  it("leaves out what is not there, and says of the newest release how it ended", () => {
    const newest = release({
      id: "v13",
      version: "1.3.0",
      result: "failed",
      reason: "smoke\nmore",
    });
    const bare: StatusFacts = {
      ...sound,
      processes: [],
      proxy: { found: { ...proxyFacts, newest, requests: undefined } },
      database: undefined,
      backups: undefined,
      jobs: { found: [job("new", { last: null, next: null, running: ["1"] })] },
      disk: undefined,
    };
    const lines = screen(bare, ["It is wrong."]);
    expect(lines.slice(0, 3)).toEqual([
      "prod: v12 1.2.0 (0123456789), team/shop@0123456789ab, live for 1 d 3 h, by kim",
      "  v13 1.3.0 failed: smoke",
      "https://shop.example.com/ready: HTTP 200 in 8 ms, certificate for 31 more days",
    ]);
    expect(lines).toContain("job new  runs now, has not run yet, not again");
    expect(lines.at(-1)).toBe("WRONG: It is wrong.");
  });
});
