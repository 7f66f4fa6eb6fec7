import { describe, expect, it } from "vitest";
import { ProxySession } from "#release/proxy-session";
import type { WatchLimits } from "#release/watch/judge";
import { watchLimitsOf } from "#release/watch/limits";
import { startsOf } from "#release/stays-up";
import { Watch } from "#release/watch/watch";
import { world } from "../../support/step-world.js";

const limits = { minRequests: 20, maxErrorShare: 0.05 };
const row = (client: string, requests: number, errors: number, slow = 0) =>
  `0x7f: key=${client}|api use=0 exp=1 shard=0 gpc1=${String(slow)} http_req_cnt=${String(requests)} http_err_cnt=0 http_fail_cnt=${String(errors)}`;

/** A watch over `old`, which has taken the traffic. `each` is called before each second, with its number. */
function watching(
  each: (second: number, here: ReturnType<typeof world>) => void = () => undefined,
  before = 0,
  more: Partial<WatchLimits> = {},
) {
  const here = world();
  const wait = here.context.wait;
  let second = 0;
  Object.assign(here.context, {
    wait: (milliseconds: number) => {
      second += 1;
      each(second, here);
      return wait(milliseconds);
    },
  });
  const answersBefore = [
    { part: "/api", client: "10.0.0.1", requests: 50, errors: before / 2, refused: 0, slow: 0 },
    { part: "/api", client: "10.0.0.2", requests: 50, errors: before / 2, refused: 0, slow: 0 },
  ];
  const run = async () => {
    const starts = await startsOf(here.context, ["old"]);
    const watched = { ...limits, ...more, starts, seconds: 10, before: answersBefore };
    return new Watch(here.context, watched).run(new ProxySession(here.proxy.conversation()));
  };
  return { ...here, run };
}

describe("Watch", () => {
  it("sees nothing bad in what goes on as before, for as long as it is to watch", async () => {
    const { context, run } = watching((second, { proxy }) => {
      proxy.table = ["10.0.0.1", "10.0.0.2"].map((each) => row(each, 100 + second * 10, second));
    }, 10);
    expect(await run()).toEqual({
      problem: undefined,
      note: { seconds: 10, requests: 400, errors: 20, errorShareBefore: 0.1 },
    });
    expect(context.now()).toBe(10_000);
  });

  it("ends at once where answers are slower than before, by the settings' limit", async () => {
    const { run } = watching(
      (second, { proxy }) => {
        const slow = second < 3 ? 0 : 8;
        proxy.table = ["10.0.0.1", "10.0.0.2"].map((each) => row(each, second * 10, 0, slow));
      },
      0,
      { latency: { seconds: 1, maxShare: 0.05 } },
    );
    expect(await run()).toEqual({
      problem:
        "within 3 s 16 of 60 answers were slow (over 1 s); before the switch 0 of 100 answers",
      note: { seconds: 3, requests: 60, errors: 0, errorShareBefore: 0, slow: 16 },
    });
  });

  it("ends at once where answers are worse than before, and counts only what came after the switch", async () => {
    const { proxy: atFirst, run } = watching((second, { proxy }) => {
      const errors = 60 + (second < 3 ? 0 : 5);
      proxy.table = ["10.0.0.1", "10.0.0.2"].map((each) => row(each, 100 + second * 5, errors));
    });
    atFirst.table = ["10.0.0.1", "10.0.0.2"].map((each) => row(each, 100, 60));
    expect(await run()).toEqual({
      problem: "within 3 s 10 of 30 answers were errors (5xx); before the switch 0 of 100 answers",
      note: { seconds: 3, requests: 30, errors: 10, errorShareBefore: 0 },
    });
  });

  it.each<[string, (here: ReturnType<typeof world>) => void, string]>([
    [
      "has restarted",
      ({ old }) => (old.restarts = 1),
      "old has ended after 4 s (it was started again)",
    ],
    [
      "is about to be started again",
      ({ old }) => Object.assign(old, { restarts: 1, status: "restarting", exitCode: 3 }),
      "old has ended after 4 s (exit code 3)",
    ],
    [
      "was killed for memory",
      ({ old }) => Object.assign(old, { status: "exited", exitCode: 137, killedForMemory: true }),
      "old has ended after 4 s (exit code 137, killed for memory (app.memory))",
    ],
    [
      "has started again by hand",
      ({ old }) => (old.startedAt = "2026-11-29T21:00:00Z"),
      "old has ended after 4 s (it was started again)",
    ],
    [
      "is unhealthy",
      ({ old }) =>
        Object.assign(old, { health: "unhealthy", healthSays: { stdout: "no database\n" } }),
      "old is running/unhealthy after 4 s: no database",
    ],
    [
      "is gone",
      ({ containers }) => {
        containers.remove("c0");
      },
      "a container is gone after 4 s",
    ],
    [
      "is found down by the proxy's check",
      ({ proxy }) => proxy.answers.set("old", () => 503),
      "the proxy's check of old failed after 4 s",
    ],
  ])("sees a container that %s", async (_what, change, problem) => {
    const { run } = watching((second, here) => {
      if (second === 4) change(here);
    });
    expect((await run()).problem).toBe(problem);
  });

  it("sees a check that failed for a moment between two looks", async () => {
    let asked = 0;
    const { run } = watching((second, { proxy }) => {
      // Down for one check alone: HAProxy's counter tells of it later.
      if (second === 4) proxy.answers.set("old", () => ((asked += 1) === 1 ? 503 : 200));
    });
    expect((await run()).problem).toBe("the proxy's check failed after 4 s");
  });

  it("does not mind what happened before it began", async () => {
    const { old, run } = watching();
    old.restarts = 3;
    expect((await run()).problem).toBeUndefined();
  });

  it("is left to the next run where its engine has ended", async () => {
    const { run } = watching((second, { context }) => {
      if (second === 2) context.wanted = false;
    });
    await expect(run()).rejects.toThrow("the engine has ended");
  });
});

describe("watchLimitsOf", () => {
  it("is what the program hands over, or nothing", () => {
    const given = { window: "30s", seconds: 30, ...limits };
    expect(watchLimitsOf({ environment: { WATCH: JSON.stringify(given) } })).toEqual({
      seconds: 30,
      ...limits,
    });
    expect(watchLimitsOf({ environment: {} })).toBeUndefined();
  });
});
