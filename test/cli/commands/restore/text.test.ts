import { describe, expect, it } from "vitest";
import type { Prepared } from "#cli/documents/restores";
import { doneText, planText } from "#cli/commands/restore/text";

const now = Date.parse("2026-02-03T04:35:06Z");
const prepared: Prepared = {
  id: "20260203043500",
  database: "shop_prod",
  backup: "20260201-010000F",
  target: "2026-02-03 04:05:06.000000+00",
  liveXid: 900,
  restoredXid: 700,
  rows: { "public.orders": 40, "public.users": 7 },
  liveRows: { "public.orders": 50, "public.users": 7, "public.later": 1 },
  written: { "public.later": 1, "public.users": 2 },
  checks: [{ name: "rows", ok: true, detail: "2 tables, 47 rows" }],
};
const after = [
  "Then: maintenance on, the app is stopped, the data is exchanged, the app is started, maintenance off.",
  "What is live now is kept: keelson restore --undo brings it back, keelson restore --discard removes it.",
];

describe("planText", () => {
  it("says what would go live, what was checked and what would be lost", () => {
    const request = { kind: "at", asked: "2026-02-03T04:05:06Z" } as const;
    expect(planText(request, prepared, [], now)).toEqual([
      "Restored alongside the live data: the backup 20260201-010000F to 2026-02-03 04:05:06.000000+00.",
      "  ok  rows: 2 tables, 47 rows",
      "Lost once it goes live: all that is not in it: what was written in the last 30 min. About 200 transactions have written since, the heartbeat's among them (6 a minute).",
      "  public.later: 1 rows now, not there any more; 1 written since",
      "  public.orders: 50 rows now, 40 restored (-10)",
      "  public.users: 7 rows now, 7 restored (0); 2 written since",
      ...after,
    ]);
  });

  it("of a restore point says when it was made", () => {
    const point = { ...prepared, target: "before-2", at: "2026-02-03 04:34:36.000000+00" };
    const lines = planText({ kind: "point", asked: "before-2" }, point, [], now);
    expect(lines[0]).toBe(
      "Restored alongside the live data: the backup 20260201-010000F to before-2, made 2026-02-03 04:34:36.000000+00.",
    );
    expect(lines[2]).toMatch(/: what was written in the last 30 s\. About/);
  });

  it("of a dump and of an undo speaks of rows alone", () => {
    const dump = { id: "1", database: "shop_prod", rows: { a: 1 }, liveRows: { a: 1 }, checks: [] };
    expect(planText({ kind: "dump", asked: "a.dump" }, dump)).toEqual([
      "Restored alongside the live data: the dump a.dump.",
      "Lost once it goes live: all that is not in it.",
      "Every table has as many rows as the live one; rows that were changed are not counted.",
      ...after,
    ]);
    const last = {
      id: prepared.id,
      kind: "at",
      phase: "done",
      asked: "latest",
      bytes: 2e6,
    } as const;
    const undo = planText({ kind: "undo" }, prepared, [{ ...last, restoredIsLive: true }], now);
    expect([undo[0], undo[2]]).toEqual([
      "Ready alongside the live data: the restore 20260203043500 to latest keeps the data from before it, 2.0 MB.",
      "Lost once it goes live: all that is not in it.",
    ]);
  });

  it("says so where nothing was written", () => {
    const same = { ...prepared, liveRows: prepared.rows, written: {} };
    expect(planText({ kind: "at", asked: "latest" }, same, [], now)).toContain(
      "Every table has as many rows as the live one, and none was written since.",
    );
  });

  it("says what it can't know", () => {
    const gone = { ...prepared, liveRows: null, roles: false, archived: false };
    expect(planText({ kind: "at", asked: "latest" }, gone, [], now).slice(2, -2)).toEqual([
      "What would be lost is unknown: the live database does not answer.",
      "The newest WAL is not archived (see keelson backups): what is in it is in the kept data alone.",
      "The live server does not answer: roles have the passwords of then, but for the superuser.",
    ]);
  });
});

describe("doneText", () => {
  it("says how long the app was away, and what is left to do", () => {
    const request = { kind: "at", asked: "latest" } as const;
    expect(doneText("1", request, { seconds: 4.25, inMaintenance: true, backup: true })).toEqual([
      "Restored (1); the app was away for 4.3 s.",
      "Maintenance stays on, as it was: keelson maintenance off.",
      "A full backup is being taken.",
      "What was live before is kept until keelson restore --discard; keelson restore --undo brings it back.",
    ]);
    const [undone] = doneText(
      "1",
      { kind: "undo" },
      { seconds: 1, inMaintenance: false, backup: false },
    );
    expect(undone).toBe("The last restore is undone; the app was away for 1.0 s.");
  });
});
