import { describe, expect, it } from "vitest";
import { historyOf, keptOf, prunableOf } from "#release/history/history";
import type { ReleaseRecord } from "#release/history/record";
import { recordOf } from "../../support/release-records.js";

type Gone = readonly [image: string, more?: Partial<ReleaseRecord>];

/** One release after another, each live unless it says otherwise. */
const went = (...releases: readonly Gone[]) =>
  releases.map(([image, more], index) =>
    recordOf(`v${String(index + 1)}`, image, { fetched: true, ...more }),
  );
const previous = (...releases: readonly Gone[]) =>
  historyOf(went(...releases)).find((each) => each.previous)?.id;
const back = (backTo: string) => ({ backTo });
const failed = { result: "failed", reason: "no" } as const;

describe("historyOf", () => {
  it("says what became of each: superseded, taken back, live", () => {
    const records = went(["shop:1"], ["shop:2"], ["shop:3"], ["shop:2", back("v2")]);
    expect(
      historyOf(records).map(({ id, result, reason, wasLive }) => [id, result, reason, wasLive]),
    ).toEqual([
      ["v1", "superseded", null, true],
      ["v2", "superseded", null, true],
      ["v3", "rolled-back", "by v4, which rolled back to v2", true],
      ["v4", "live", null, true],
    ]);
  });

  it("leaves those that were never live as they are", () => {
    const records = went(
      ["shop:1"],
      ["shop:2", failed],
      ["shop:3", { result: "rolled-back", reason: "watch" }],
      ["shop:4", { result: "running" }],
    );
    expect(
      historyOf(records).map(({ result, reason, wasLive }) => [result, reason, wasLive]),
    ).toEqual([
      ["live", null, true],
      ["failed", "no", false],
      ["rolled-back", "watch", false],
      ["running", null, false],
    ]);
  });

  it("is in the order of the numbers, whatever the order of the files", () => {
    const records = [
      recordOf("v10", "shop:10"),
      recordOf("v9", "shop:9"),
      recordOf("v2", "shop:2"),
    ];
    expect(historyOf(records).map(({ id }) => id)).toEqual(["v2", "v9", "v10"]);
    expect(historyOf([])).toEqual([]);
  });

  it.each<[string, readonly Gone[], string | undefined]>([
    ["none where there is one alone", [["shop:1"]], undefined],
    ["none where none was live", [["shop:1", failed]], undefined],
    ["the one before", [["shop:1"], ["shop:2"]], "v1"],
    ["never one that failed", [["shop:1"], ["shop:2", failed], ["shop:3"]], "v1"],
    [
      "never what was rolled back",
      [["shop:1"], ["shop:2"], ["shop:3"], ["shop:2", back("v2")]],
      "v1",
    ],
    [
      "what was rolled back to, after the next release",
      [["shop:1"], ["shop:2"], ["shop:3"], ["shop:2", back("v2")], ["shop:5"]],
      "v4",
    ],
    [
      "none after a rollback to the first",
      [["shop:1"], ["shop:2"], ["shop:1", back("v1")]],
      undefined,
    ],
    [
      "before what was rolled back to twice",
      [["shop:1"], ["shop:2"], ["shop:3"], ["shop:2", back("v2")], ["shop:1", back("v1")]],
      undefined,
    ],
    ["another one than what is live", [["shop:1"], ["shop:2"], ["shop:2"]], "v1"],
    ["none where a rollback's aim is unknown", [["shop:1"], ["shop:2", back("v9")]], undefined],
  ])("knows what a rollback goes to: %s", (_what, releases, expected) => {
    expect(previous(...releases)).toBe(expected);
  });

  it("takes settings in another order for the same, and other settings for another release", () => {
    const content = (settings: Record<string, unknown>) => ({
      content: { image: "shop:1", version: "1", gitSha: "a", settings },
    });
    const [one, same, other] = [
      content({ a: 1, b: 2 }),
      content({ b: 2, a: 1 }),
      content({ a: 2, b: 2 }),
    ];
    expect(previous(["shop:1", one], ["shop:1", same])).toBeUndefined();
    expect(previous(["shop:1", one], ["shop:1", other])).toBe("v1");
  });
});

describe("the images of releases", () => {
  const prunable = (keep: number, ...releases: readonly Gone[]) =>
    prunableOf(historyOf(went(...releases)), keep);
  const some: readonly Gone[] = [["shop:0"], ["shop:1"], ["shop:bad", failed], ["shop:2"]];

  it("stay of the last, of the previous one, and of those in between", () => {
    expect(prunable(2, ...some)).toEqual(["shop:0"]);
    // Of those between, too.
    expect(keptOf(historyOf(went(...some)), 2).map(({ id }) => id)).toEqual(["v2", "v3", "v4"]);
  });

  it("stay of the one that a rollback goes to, however long ago that was", () => {
    const releases: readonly Gone[] = [...some, ["shop:1", back("v2")]];
    // The previous one is v1.
    expect(prunable(2, ...releases)).toEqual(["shop:bad"]);
    expect(
      prunable(
        2,
        ["shop:0"],
        ["shop:1"],
        ["shop:bad", { ...failed, pruned: true }],
        ["shop:2"],
        ["shop:1", back("v2")],
      ),
    ).toEqual([]);
  });

  it("stay all while none was live", () => {
    expect(prunable(2, ["shop:0", failed], ["shop:1", failed])).toEqual([]);
  });

  it("are named once, however many releases were of them, and not where a kept one is of them", () => {
    expect(prunable(2, ["shop:0"], ["shop:0"], ["shop:1"], ["shop:2"], ["shop:3"])).toEqual([
      "shop:0",
      "shop:1",
    ]);
    expect(prunable(2, ["shop:0"], ["shop:1"], ["shop:2"], ["shop:0"])).toEqual(["shop:1"]);
  });

  it("stay where the user brought them to the host", () => {
    const theirs = { fetched: false };
    expect(prunable(2, ["shop:0", theirs], ["shop:1"], ["shop:2"], ["shop:3"])).toEqual(["shop:1"]);
  });
});
