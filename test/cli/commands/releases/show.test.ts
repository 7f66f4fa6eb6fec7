import { describe, expect, it } from "vitest";
import { changedSettings, findRelease, showText } from "#cli/commands/releases/show";
import type { Release } from "#cli/stack/releases";

const release = (id: string, more: Partial<Release> = {}): Release => ({
  id,
  result: "superseded",
  reason: null,
  begin: "2026-03-01T08:00:00Z",
  switched: "2026-03-01T08:00:30Z",
  end: "2026-03-01T08:01:00Z",
  seconds: 60,
  image: "shop@sha256:0123",
  imageId: "sha256:4567",
  version: "1.0.0",
  gitSha: "abc",
  who: "kim",
  backTo: null,
  requests: 10,
  failed: 0,
  errors: 1,
  migration: null,
  settings: { image: "shop:1", memory: "256MiB", env: { A: "1", KEY: { sealed: "k1:a" } } },
  wasLive: true,
  previous: false,
  by: "1@host",
  ...more,
});

const newest = release("v3", {
  settings: { image: "shop:2", memory: "512MiB", env: { A: "1", KEY: { sealed: "k1:b" } } },
  migration: { ran: true, backwardCompatible: true, restorePoint: "before-v3", dump: null },
  watch: { seconds: 60, requests: 400, errors: 1, errorShareBefore: 0.001 },
});
const all = [newest, release("v2", { wasLive: false, result: "failed" }), release("v1")];

describe("keelson releases show", () => {
  it("tells what a release did, and which settings differ from the one that was live before", () => {
    const shown = findRelease(all, "v3");
    expect(shown.before?.id).toBe("v1");
    expect(showText(shown, "live")).toEqual([
      "v3: live",
      "  begun      2026-03-01T08:00:00Z by kim",
      "  switched   2026-03-01T08:00:30Z",
      "  ended      2026-03-01T08:01:00Z, 60.0 s",
      "  version    1.0.0 (abc)",
      "  image      shop@sha256:0123",
      "  image id   sha256:4567",
      "  requests   10 until its end, 0 failed, 1 answered with 5xx",
      "  migration  run, backward compatible, restore point before-v3",
      "  watch      60 s: 400 requests, 1 answered with 5xx (0.25 %), before it 0.10 % of the answers",
      "  settings   other than of v1:",
      "    app.env.KEY: [sealed] → [sealed]",
      '    app.memory: "256MiB" → "512MiB"',
    ]);
    expect(showText(findRelease(all, "v1"), "superseded").at(-1)).toContain("requests");
    const watch = { seconds: 60, requests: 400, errors: 0, errorShareBefore: null, slow: 12 };
    const slow = findRelease([release("v4", { watch })], "v4");
    expect(showText(slow, "live")).toContain(
      "  watch      60 s: 400 requests, 0 answered with 5xx (0.00 %), 12 slow",
    );
  });

  it("says that nothing differs, and what there is instead of a release that is not there", () => {
    const same = [release("v2"), release("v1")];
    expect(showText(findRelease(same, "v2"), "live").at(-1)).toBe("  settings   as of v1");
    expect(() => findRelease(all, "v9")).toThrow(
      "There is no release v9: the newest is v3; keelson releases lists them.",
    );
    expect(() => findRelease([], "v1")).toThrow("There is no release v1: nothing was released yet");
  });
});

describe("changedSettings", () => {
  it("names a setting that came or went by its path, and never what is sealed", () => {
    const before = { tcp: [1], env: { OLD: "x" } };
    const after = { tcp: [1, 2], env: { NEW: { sealed: "k1:secret" } } };
    expect(changedSettings(before, after)).toEqual([
      "app.env.NEW: not set → [sealed]",
      'app.env.OLD: "x" → not set',
      "app.tcp: [1] → [1,2]",
    ]);
  });
});
