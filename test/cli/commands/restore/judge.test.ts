import { describe, expect, it } from "vitest";
import {
  differences,
  keptText,
  pointRefusal,
  pointTime,
  undoable,
  parseRequest,
} from "#cli/commands/restore/judge";
import type { RetainedRestore } from "#cli/documents/restores";
import { timeId } from "#cli/io/time-id";

const kept = (id: string, more: Partial<RetainedRestore> = {}): RetainedRestore => ({
  id,
  kind: "at",
  phase: "done",
  asked: "2026-02-03T04:05:06Z",
  bytes: 12_345_678,
  ...more,
});

describe("wishOf", () => {
  it.each([
    [{ at: "2026-02-03 04:05:06+00" }, { kind: "at", asked: "2026-02-03 04:05:06+00" }],
    [{ at: "2026-02-03T04:05:06.123456Z" }, { kind: "at", asked: "2026-02-03T04:05:06.123456Z" }],
    [{ at: "2026-02-03 04:05 UTC" }, { kind: "at", asked: "2026-02-03 04:05 UTC" }],
    [{ at: "2026-02-03T04:05:06-03:30" }, { kind: "at", asked: "2026-02-03T04:05:06-03:30" }],
    [{ at: "latest" }, { kind: "at", asked: "latest" }],
    [
      { at: "latest", repository: "2" },
      { kind: "at", asked: "latest" },
    ],
    [{ point: "before-2" }, { kind: "point", asked: "before-2" }],
    [{ dump: "a.dump" }, { kind: "dump", asked: "a.dump" }],
    [{ undo: true }, { kind: "undo" }],
    [{ discard: true }, { kind: "discard" }],
  ])("of %j is %j", (flags, request) => {
    expect(parseRequest(flags)).toEqual(request);
  });

  it.each([
    [{}, /^Say one of --at/],
    [{ undo: true, point: "x" }, /^Say one of --at/],
    [{ dump: "a.dump", repository: "2" }, /^--repository goes with --at, --point, --undo/],
    [{ discard: true, repository: "2" }, /^--repository goes with --at, --point, --undo/],
    [
      { at: "2026-02-03 04:05:06" },
      /^--at: "2026-02-03 04:05:06" has no time zone; write it as in "2026-02-03 04:05:06\+00"/,
    ],
    [{ at: "2026-02-03" }, /^--at: "2026-02-03" has no time zone;/],
    [{ at: "an hour ago+00" }, /^--at: "an hour ago\+00" is not a time;/],
  ])("of %j is refused", (flags, message) => {
    expect(() => parseRequest(flags)).toThrow(message);
  });
});

describe("a restore point", () => {
  it("says itself when it was made", () => {
    expect(pointTime("before-1.2.3-20260203T040506Z")).toBe(Date.UTC(2026, 1, 3, 4, 5, 6) / 1000);
    expect(pointTime("before-1.2.3")).toBeUndefined();
  });

  it("has to be one that a release has made", () => {
    expect(pointRefusal("a", ["a"])).toBeUndefined();
    expect(pointRefusal("c", ["a", "b"])).toBe("There is no restore point c; there are a, b.");
    expect(pointRefusal("c", [])).toBe(
      "There is no restore point c; no release of this stack has made one.",
    );
  });
});

describe("differences", () => {
  it("names tables that have not as many rows, and those that are on one side alone", () => {
    const live = { "public.a": 3, "public.b": 2, "public.new": 1 };
    expect(differences(live, { "public.a": 1, "public.b": 2, "public.old": 4 })).toEqual([
      { table: "public.a", live: 3, restored: 1, written: 0 },
      { table: "public.new", live: 1, restored: null, written: 0 },
      { table: "public.old", live: null, restored: 4, written: 0 },
    ]);
  });

  it("names a table with as many rows where some of them were written since", () => {
    expect(differences({ a: 3, b: 2 }, { a: 3, b: 2 }, { a: 1 })).toEqual([
      { table: "a", live: 3, restored: 3, written: 1 },
    ]);
  });
});

describe("undoable", () => {
  it("is the newest that was live", () => {
    const all = [
      kept("20260101000000"),
      kept("20260102000000"),
      kept("20260103000000", { phase: "ready" }),
    ];
    expect(undoable(all)?.id).toBe("20260102000000");
    expect(undoable([])).toBeUndefined();
  });
});

describe("keptText", () => {
  it.each([
    [{ restoredIsLive: true }, "to 2026-02-03T04:05:06Z keeps the data from before it, 12.3 MB"],
    [{ restoredIsLive: false }, "to 2026-02-03T04:05:06Z keeps what it restored, 12.3 MB"],
    [
      { kind: "dump", asked: "a.dump", keeps: "before" },
      "of the dump a.dump keeps the data from before it, 12.3 MB",
    ],
  ] as const)("of %j tells what there is", (more, text) => {
    expect(keptText(kept("20260101000000", more))).toBe(`the restore 20260101000000 ${text}`);
  });
});

describe("idOf", () => {
  it("is the time, in UTC", () => {
    expect(timeId(new Date("2026-02-03T04:05:06.789Z"))).toBe("20260203040506");
  });
});
