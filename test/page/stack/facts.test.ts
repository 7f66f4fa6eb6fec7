import { describe, expect, it } from "vitest";
import { nowAnswers, overAnswers, releasesIn } from "#page/stack/answers";
import { stackPageFacts } from "#page/stack/facts";
import type { PageInputs, StackFacts } from "#page/stack/inputs";
import { figuresAt, nowText, overText, releasesText } from "../../support/page-figures.js";

const stack: StackFacts = {
  name: "shop-prod",
  url: "https://shop.example.com",
  jobs: {},
  dumpsAlone: false,
};
const at = figuresAt.getTime() / 1000;
const minute = 60_000;

function factsOf(
  now: Parameters<typeof nowText>[0] = {},
  over: Parameters<typeof overText>[0] = {},
  more: Partial<PageInputs> = {},
  of: Partial<StackFacts> = {},
) {
  return stackPageFacts(
    { ...stack, ...of },
    {
      now: nowAnswers(nowText(now)),
      over: overAnswers(overText(over)),
      releases: releasesIn(releasesText),
      isInMaintenance: false,
      present: figuresAt,
      ...more,
    },
  );
}

describe("the site", () => {
  it("is up where the newest probe was answered", () => {
    expect(factsOf().site).toEqual({
      state: "up",
      url: "https://shop.example.com",
      answer: "HTTP 200",
      milliseconds: 12,
    });
  });

  it.each([
    ["down by one probe of two", { up: [[{}, 0]] }, {}, "down", "HTTP 200"],
    ["down without an answer", { up: [[{}, 0]], status: [[{}, 0]] }, {}, "down", "no answer"],
    ["unknown where nobody probes", { probed: [], up: [] }, {}, "unknown", "not asked for lately"],
    [
      "unknown by a probe of a while ago, which was answered",
      { probed: [[{}, at - 300]] },
      {},
      "unknown",
      "not asked for lately",
    ],
    ["in maintenance", {}, { isInMaintenance: true }, "maintenance", "HTTP 503 to clients"],
    [
      "unknown by old figures",
      {},
      { present: new Date(figuresAt.getTime() + 4 * minute) },
      "unknown",
      "not asked for lately",
    ],
  ] as const)("is %s", (_what, now, more, state, answer) => {
    const found = factsOf(now, {}, more);
    expect(found.site).toMatchObject({ state, answer });
  });
});

describe("figures", () => {
  it("that are old are said to be, with what to do", () => {
    const present = new Date(figuresAt.getTime() + 12 * minute);
    expect(factsOf({}, {}, { present }).problems).toEqual([
      "Monitoring has written nothing for 12 minutes: what follows is from before; keelson doctor says whether its container runs.",
    ]);
    expect(factsOf().problems).toEqual([]);
  });

  it("of processes are those of each container, by its name without a release", () => {
    expect(factsOf().processes).toEqual([
      {
        name: "app",
        state: "running",
        isWell: true,
        since: new Date((at - 3600) * 1000),
        restarts: 2,
        memory: { used: 100e6, limit: 512e6 },
        cpuPercent: 12.5,
        memoryOverDay: undefined,
      },
      expect.objectContaining({ name: "postgres", restarts: 0, cpuPercent: undefined }),
    ]);
  });

  it("of the database need all of them; the longest query is in no series", () => {
    expect(factsOf().database).toEqual({
      size: 40e6,
      connections: 12,
      connectionLimit: 100,
      oldestTransaction: null,
      sizeOverDay: undefined,
      connectionsOverDay: undefined,
    });
    expect(factsOf({ databaseSize: [] }).database).toBeUndefined();
  });

  it("of alerts leave out the one that fires as long as all is well", () => {
    const alert = (alertname: string) => ({
      labels: { alertname, severity: "critical" },
      annotations: { summary: "a sentence" },
      startsAt: "2026-03-02T11:00:00Z",
      status: { state: "active" },
    });
    const { alerts } = factsOf({ alerts: [alert("KeelsonWatchdog"), alert("KeelsonSiteDown")] });
    expect(alerts?.map(({ name }) => name)).toEqual(["KeelsonSiteDown"]);
  });

  it("of disks are of the backups' volumes and of the host's", () => {
    const found = factsOf({
      diskSize: [[{ volume: "dumps" }, 1000]],
      diskFree: [[{ volume: "dumps" }, 400]],
      hostDiskSize: [[{}, 5000]],
      hostDiskFree: [[{}, 100]],
    });
    expect(found.disks).toEqual([
      { name: "dumps", size: 1000, free: 400 },
      { name: "of Docker's volumes", size: 5000, free: 100 },
    ]);
  });

  it("over time are there once they are written", () => {
    const probes: [number, number][] = [
      [at - 10 - 600, 1],
      [at - 10 - 300, 0],
      [at - 10, 1],
    ];
    expect(factsOf({}, { probes: [[{}, probes]] }).outages?.incidents).toEqual([
      { from: new Date((at - 610) * 1000), to: new Date((at - 310) * 1000) },
    ]);
    const without = factsOf({}, {}, { over: undefined });
    expect([without.outages, without.traffic]).toEqual([undefined, undefined]);
  });
});

describe("backups", () => {
  const watched = { backupsWatched: [[{}, at]] } as never;

  it("are not there where nobody watches them, and nothing is said of moments that can be restored", () => {
    expect(factsOf().backups).toBeUndefined();
    expect(factsOf(watched).backups).toEqual({
      restorableFrom: null,
      newest: undefined,
      proofs: [],
    });
  });

  it("have the newest of all kinds, and the drills by what they leave in their series", () => {
    const hour = (ago: number) => Math.floor(at / 3600) * 3600 - ago * 3600;
    const now = {
      backupsWatched: [[{}, at]],
      backupEnded: [
        [{ kind: "dump" }, at - 500],
        [{ kind: "diff" }, at - 100],
        [{ kind: "full" }, 0],
      ],
      backupBytes: [[{ kind: "diff" }, 7000]],
    } as never;
    const over = {
      proven: [
        [
          {},
          [
            [hour(3), 0],
            [hour(2), hour(3) + 60],
            [hour(1), hour(3) + 60],
            [hour(0), hour(1) + 60],
          ],
        ],
      ],
      rpo: [
        [
          {},
          [
            [hour(2), 8],
            [hour(0), 9],
          ],
        ],
      ],
      rto: [[{}, [[hour(2), 30]]]],
      drillFailed: [
        [
          { kind: "physical" },
          [
            [hour(3), 0],
            [hour(2), 1],
            [hour(1), 1],
            [hour(0), 0],
          ],
        ],
      ],
    } as never;
    expect(factsOf(now, over, {}, { dumpsAlone: true }).backups).toEqual({
      restorableFrom: null,
      dumpsAlone: true,
      newest: { at: new Date((at - 100) * 1000), bytes: 7000 },
      proofs: [
        {
          at: new Date((hour(3) + 60) * 1000),
          kind: "backup",
          proven: true,
          rpo: 8,
          rto: 30,
        },
        { at: new Date(hour(2) * 1000), kind: "physical", proven: false },
        {
          at: new Date((hour(1) + 60) * 1000),
          kind: "backup",
          proven: true,
          rpo: 9,
          rto: undefined,
        },
      ],
    });
  });
});

describe("jobs", () => {
  const step = (ago: number) => Math.floor(at / 300) * 300 - ago * 300;
  const jobs = { tidy: "5 * * * *", never: "0 0 1 1 *" };
  const jobRuns = [
    [
      { name: "tidy", result: "success" },
      [
        [step(4), 10],
        [step(3), 12],
        // The runner has begun again.
        [step(2), 0],
        [step(1), 1],
        [step(0), 1],
      ],
    ],
    [
      { name: "tidy", result: "timeout" },
      [
        [step(1), 0],
        [step(0), 1],
      ],
    ],
    [
      { name: "tidy", result: "skipped" },
      [
        [step(1), 0],
        [step(0), 9],
      ],
    ],
  ] as const;

  it("have their runs by how their counters have grown", () => {
    const now = { jobSeconds: [[{ name: "tidy" }, 1.5]] } as never;
    const found = factsOf(now, { jobRuns } as never, {}, { jobs }).jobs;
    const run = (ago: number, result: string) => ({ at: new Date(step(ago) * 1000), result });
    expect(found).toEqual([
      {
        name: "tidy",
        schedule: "5 * * * *",
        runs: [
          run(3, "succeeded"),
          run(3, "succeeded"),
          run(1, "succeeded"),
          { ...run(0, "failed"), seconds: 1.5 },
        ],
      },
      { name: "never", schedule: "0 0 1 1 *", runs: [] },
    ]);
    expect(factsOf().jobs).toBeUndefined();
  });
});
