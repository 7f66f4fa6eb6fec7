import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { deepMerge, type Mapping } from "#lib/merge";
import { SettingsError } from "#lib/settings";

const base = {
  environment: "local",
  app: { name: "shop", image: "shop:1.0" },
  backup: { enabled: false },
  secrets: { TOKEN: {} },
};
const daily = { schedule: "0 3 * * *", command: ["work"] };
const http = { path: "/v1/admin/cleanup" };

function problems(jobs: object, more: Mapping = {}): readonly string[] {
  try {
    settingsFrom(deepMerge({ ...base, jobs }, more));
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

describe("jobs", () => {
  it("have these defaults", () => {
    expect(settingsFrom({ ...base, jobs: { daily } }).jobs["daily"]).toEqual({
      schedule: "0 3 * * *",
      timeZone: "UTC",
      command: ["work"],
      timeout: "1h",
      retries: 0,
      overlap: "forbid",
      alert: { failures: 1 },
    });
  });

  it.each<[string, object, Mapping, string[]]>([
    ["a command", { daily }, {}, []],
    [
      "a request",
      { ask: { schedule: "*/15 * * * *", http: { ...http, bearerSecret: "TOKEN" } } },
      {},
      [],
    ],
    ["seconds", { often: { ...daily, schedule: "*/10 * * * * * *" } }, {}, []],
    ["the last day of a month", { last: { ...daily, schedule: "0 3 L * *" } }, {}, []],
    [
      "neither a command nor a request",
      { none: { schedule: "0 3 * * *" } },
      {},
      ["jobs.none.command: is missing; set it, or jobs.none.http"],
    ],
    [
      "both",
      { both: { ...daily, http } },
      {},
      ["jobs.both.http: is set as well as jobs.both.command; keep one of them"],
    ],
    [
      "a name of a schedule",
      { daily: { ...daily, schedule: "@daily" } },
      {},
      ['jobs.daily.schedule: is not a cron schedule; write it as "0 0 * * *"'],
    ],
    [
      "six fields",
      { daily: { ...daily, schedule: "0 0 3 * * *" } },
      {},
      [
        'jobs.daily.schedule: is not a cron schedule; write five fields in `timeZone`, such as "0 2 * * *" for 02:00 every day',
      ],
    ],
    [
      "a day that never comes",
      { daily: { ...daily, schedule: "0 3 30 2 *" } },
      {},
      ["jobs.daily.schedule: never comes; name a day that its months have"],
    ],
    ...["europe/berlin", "Europe/BERLIN", "+02:00", "Mars/Olympus", "", "Local"].map(
      (timeZone): [string, object, Mapping, string[]] => [
        `the time zone "${timeZone}"`,
        { daily: { ...daily, timeZone } },
        {},
        ["jobs.daily.timeZone: is not a time zone; write its name, such as UTC or Europe/Berlin"],
      ],
    ),
    ...["Europe/Berlin", "US/Eastern", "Etc/GMT+5", "America/Argentina/Buenos_Aires"].map(
      (timeZone): [string, object, Mapping, string[]] => [
        `the time zone "${timeZone}"`,
        { daily: { ...daily, timeZone } },
        {},
        [],
      ],
    ),
    [
      "a service that is not there",
      { daily: { ...daily, service: "worker" } },
      {},
      [
        'jobs.daily.service: "worker" is not in services; add services.worker, correct it, or remove it for the app\'s image',
      ],
    ],
    [
      "a request to a service that listens on nothing",
      { ask: { schedule: "0 3 * * *", http, service: "worker" } },
      { services: { worker: { command: ["x"], poolSize: 0 } } },
      [
        'jobs.ask.service: "worker" listens on no port, and jobs.ask.http asks it; set services.worker.port, or remove it to ask the app',
      ],
    ],
    [
      "a token in a header",
      { ask: { schedule: "0 3 * * *", http: { ...http, headers: { authorization: "Bearer x" } } } },
      {},
      [
        "jobs.ask.http.headers.authorization: is in the list of jobs, which is no secret; name a secret in jobs.ask.http.bearerSecret",
      ],
    ],
    [
      "the length of a body",
      { ask: { schedule: "0 3 * * *", http: { ...http, headers: { "Content-Length": "3" } } } },
      {},
      ["jobs.ask.http.headers.Content-Length: belongs to a body, and there is none; remove it"],
    ],
    [
      "a header of two lines",
      { ask: { schedule: "0 3 * * *", http: { ...http, headers: { "X-Job": "a\nb" } } } },
      {},
      ["jobs.ask.http.headers.X-Job: is not the value of a header; write it in ASCII, in one line"],
    ],
    [
      "secrets that are not there",
      {
        ask: {
          schedule: "0 3 * * *",
          http: { ...http, bearerSecret: "OTHER" },
          heartbeatSecret: "URL",
        },
      },
      {},
      [
        'jobs.ask.http.bearerSecret: "OTHER" is not in secrets; add secrets.OTHER, or correct it',
        'jobs.ask.heartbeatSecret: "URL" is not in secrets; add secrets.URL, or correct it',
      ],
    ],
    [
      "an alert before the next run is due",
      { daily: { ...daily, alert: { staleAfter: "24h" } } },
      {},
      [
        'jobs.daily.alert.staleAfter: 24h is not more than the longest time between two runs of "0 3 * * *"; set more than 1440m, with time for the run itself',
      ],
    ],
    [
      "an alert on a day of 25 hours",
      { daily: { ...daily, timeZone: "Europe/Berlin", alert: { staleAfter: "25h" } } },
      {},
      [
        'jobs.daily.alert.staleAfter: 25h is not more than the longest time between two runs of "0 3 * * *"; set more than 1500m, with time for the run itself',
      ],
    ],
    [
      "a timeout of days",
      { daily: { ...daily, timeout: "2d" } },
      {},
      ["jobs.daily.timeout: is above 24h; set 24h or less"],
    ],
    [
      "a variable by which jobs are started",
      { daily },
      { app: { env: { KEELSON_APP: "x" } } },
      ["app.env.KEELSON_APP: is what jobs are started by; rename it"],
    ],
    [
      "more connections than the server has",
      { aa: daily, bb: daily },
      { app: { poolSize: 40 }, postgres: { maxConnections: 120, memory: "1GiB" } },
      [
        expect.stringMatching(
          /^app\.poolSize: 40 × 2 during a release \+ 40 of jobs\.aa \+ 40 of jobs\.bb \+ \d+ reserved = \d+ is more than/,
        ),
      ],
    ],
  ])("%s", (_what, jobs, more, expected) => {
    expect(problems(jobs, more)).toEqual(expected);
  });
});
