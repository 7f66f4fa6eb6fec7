import { describe, expect, it } from "vitest";
import type { ContainerFacts, RunningFacts } from "#cli/stack/running/facts";
import { runningProblems } from "#cli/stack/running/judge";
import { settingsFrom } from "#config";

const settings = settingsFrom({
  environment: "prod",
  app: { name: "shop", image: "shop:1.0", memory: "300MiB" },
  backup: { drill: { memory: "1GiB" } },
});
const at = new Date("2026-03-02T12:00:00Z");

/** A container that runs as it should. */
const sound = (workload: string, change: Partial<ContainerFacts> = {}): ContainerFacts => ({
  name: `shop-prod-${workload}`,
  workload,
  stopped: false,
  restarting: false,
  restarts: 0,
  exitCode: 0,
  startedAt: "2026-03-01T08:00:00.123456789Z",
  finishedAt: "0001-01-01T00:00:00Z",
  oomKilled: false,
  kills: 0,
  failing: undefined,
  ...change,
});
const facts = (
  containers: ContainerFacts[],
  routes: RunningFacts["routes"] = [],
): RunningFacts => ({
  containers,
  routes,
  at,
});
const problems = (...of: Parameters<typeof facts>) =>
  runningProblems(facts(...of), settings, "--stack prod").map(
    ({ level, workload, text }) => `${level} ${workload}: ${text}`,
  );

describe("runningProblems", () => {
  it("finds none where all is well", () => {
    const all = ["app", "postgres", "proxy", "backup", "drill", "volumes"].map((each) =>
      sound(each),
    );
    expect(problems(all, [{ section: "app", inService: 1, since: 9 }])).toEqual([]);
    expect(problems([], undefined)).toEqual([]);
  });

  it.each<[string, ContainerFacts, string[]]>([
    [
      "a process that was killed for memory while its container is healthy",
      sound("app", { kills: 1, oomKilled: true }),
      [
        "warn app: A process in shop-prod-app was killed for memory since it started at 2026-03-01T08:00:00Z; raise app.memory (300MiB) and run keelson up.",
      ],
    ],
    [
      "one that was stopped, and nothing else of it",
      sound("service", {
        stopped: true,
        exitCode: 143,
        finishedAt: "2026-03-02T11:00:00Z",
        restarts: 2,
      }),
      [
        "fail service: shop-prod-service is stopped since 2026-03-02T11:00:00Z (exit code 143), while others of the stack run; keelson up starts it again, and `docker logs shop-prod-service` has its last lines.",
      ],
    ],
    [
      "several of them, in a drill",
      sound("drill", { kills: 3 }),
      [
        "warn drill: 3 processes in shop-prod-drill were killed for memory since it started at 2026-03-01T08:00:00Z; raise backup.drill.memory (1GiB) and run keelson up.",
      ],
    ],
    [
      "what only Docker tells of, where the image has no cat",
      sound("app", { kills: undefined, oomKilled: true }),
      [
        "warn app: Processes in shop-prod-app were killed for memory since it started at 2026-03-01T08:00:00Z; raise app.memory (300MiB) and run keelson up.",
      ],
    ],
    ["nothing of a container whose cgroup can't be read", sound("app", { kills: undefined }), []],
    [
      "nothing of what Docker says of an earlier start",
      sound("app", { kills: 0, oomKilled: true }),
      [],
    ],
    [
      "certbot's, whose memory is no setting",
      sound("acme", { kills: 1 }),
      [
        "warn acme: A process in shop-prod-acme was killed for memory since it started at 2026-03-01T08:00:00Z; see `docker logs shop-prod-acme`.",
      ],
    ],
    [
      "a restart of today",
      sound("backup", { restarts: 1, startedAt: "2026-03-02T11:00:00.5Z" }),
      [
        "warn backup: shop-prod-backup has ended by itself: Docker has restarted it once, the last time at 2026-03-02T11:00:00Z; see `docker logs shop-prod-backup`.",
      ],
    ],
    ["nothing of an old restart", sound("backup", { restarts: 7 }), []],
    [
      "a crash loop",
      sound("backup", {
        restarting: true,
        restarts: 12,
        exitCode: 1,
        kills: undefined,
        finishedAt: "2026-03-02T11:59:58.987Z",
      }),
      [
        "fail backup: shop-prod-backup does not stay up: Docker has restarted it 12 times, and it ended last at 2026-03-02T11:59:58Z (exit code 1); see `docker logs shop-prod-backup`.",
      ],
    ],
    [
      "a crash loop for want of memory",
      sound("app", {
        restarting: true,
        restarts: 2,
        exitCode: 137,
        kills: undefined,
        oomKilled: true,
        finishedAt: "2026-03-02T11:59:58Z",
      }),
      [
        "fail app: shop-prod-app does not stay up: Docker has restarted it 2 times, and it ended last at 2026-03-02T11:59:58Z (killed for memory); raise app.memory (300MiB) and run keelson up, or see `docker logs shop-prod-app`.",
      ],
    ],
    [
      "a container that is unhealthy",
      sound("acme", { failing: 40 }),
      [
        "fail acme: shop-prod-acme is unhealthy, by 40 checks in a row; see what they said by `docker inspect --format '{{json .State.Health}}' shop-prod-acme`.",
      ],
    ],
  ])("says %s", (_what, container, lines) => {
    expect(problems([container])).toEqual(lines);
  });

  it("says that a proxy has no server in service, since when, and the way back", () => {
    const all = [sound("app"), sound("proxy")];
    expect(problems(all, [{ section: "app", inService: 0, since: 90 }])).toEqual([
      "fail proxy: shop-prod-proxy has no server of the app in service since 2026-03-02T11:58:30Z, so clients get 503; see `docker logs shop-prod-app`, or roll back with `keelson rollback --stack prod`.",
    ]);
    expect(problems([sound("proxy")], [{ section: "tcp-1982", inService: 0, since: 0 }])).toEqual([
      "fail proxy: shop-prod-proxy has no server of the app in service since 2026-03-02T12:00:00Z, so TCP port 1982 is closed to clients; roll back with `keelson rollback --stack prod`.",
    ]);
    expect(problems(all, undefined)).toEqual([]);
  });
});
