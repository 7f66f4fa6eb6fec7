import { describe, expect, it } from "vitest";
import { rehearsalOf } from "#cli/commands/upgrade-postgres/apply";
import { upgradePostgres } from "#cli/commands/upgrade-postgres";
import type { UpgradeReport } from "#cli/documents/upgrade";
import { downtimeOf, reportText } from "#cli/commands/upgrade-postgres/report";
import { undoRefusal, upgradeRefusal } from "#cli/commands/upgrade-postgres/situation";

const report: UpgradeReport = {
  id: "20260102T030405Z",
  kind: "rehearse",
  ok: true,
  error: null,
  from: 15,
  to: 17,
  image: "keelson/upgrade:1",
  startedAt: "2026-01-02T03:04:05Z",
  endedAt: "2026-01-02T03:05:05Z",
  seconds: 60,
  bytes: 123_000_000,
  oldVersion: "15.18",
  newVersion: "17.11",
  reindexed: 2,
  extensions: [{ database: "shop", name: "pg_trgm", from: "1.5", to: "1.6" }],
  steps: { restore: 20, copy: 3.5, upgrade: 8, order: 1, compare: 4, amcheck: 5 },
  checks: [{ name: "rows", ok: true, detail: "5 rows, as before" }],
};

describe("reportText", () => {
  it("says how a rehearsal went, and how long the server would be away", () => {
    expect(reportText(report)).toEqual([
      "Done: PostgreSQL 15.18 → 17.11, 60 s, 123 MB.",
      "  restore      20.0 s",
      "  copy         3.5 s",
      "  upgrade      8.0 s",
      "  order        1.0 s",
      "  compare      4.0 s",
      "  amcheck      5.0 s",
      "  ok  rows: 5 rows, as before",
      "  extension pg_trgm of shop: 1.5 → 1.6",
      "  2 indexes rebuilt: their collation has another version",
      "The server would be away for about 13 s, and for as long as its new container takes to start.",
    ]);
    expect(downtimeOf(report)).toBe(13);
  });

  it("says why one failed", () => {
    const failed = { ...report, ok: false, error: "pg_upgrade --check: no", steps: {}, checks: [] };
    expect(reportText({ ...failed, extensions: [], reindexed: 0 })).toEqual([
      "FAILED: PostgreSQL 15.18 → 17.11: pg_upgrade --check: no",
    ]);
  });

  it("says where the data of before are", () => {
    const applied = { ...report, kind: "apply" as const, kept: "before-20260102T030405Z" };
    expect(reportText(applied).at(-1)).toBe(
      "The data of before are kept in the data volume, as before-20260102T030405Z.",
    );
  });
});

describe("rehearsalOf", () => {
  const upgrade = { from: 15, to: 17, image: "keelson/upgrade:1" } as const;

  it("is the last one of the same versions and images, if it succeeded", () => {
    expect(rehearsalOf([report], upgrade)).toBe(report);
    expect(rehearsalOf([report, { ...report, ok: false }], upgrade)).toBeUndefined();
    expect(rehearsalOf([{ ...report, ok: false }, report], upgrade)).toBe(report);
  });

  it.each([{ from: 16 }, { image: "keelson/upgrade:2" }, { kind: "apply" as const }])(
    "is none of others: %j",
    (other) => {
      expect(rehearsalOf([{ ...report, ...other }], upgrade)).toBeUndefined();
    },
  );
});

describe("what is refused", () => {
  it("is an upgrade to an older version, and an undo without the old one in the settings", () => {
    expect(upgradeRefusal("prod", 15, 17)).toBeUndefined();
    expect(upgradeRefusal("prod", 17, 15)).toMatch(
      /PostgreSQL can't be downgraded; set postgres.version to 17/,
    );
    expect(undoRefusal(17, 15)).toBeUndefined();
    expect(undoRefusal(17, 17)).toBe(
      "postgres.version: is 17, and the data are of PostgreSQL 17; set it to the version that you return to.",
    );
  });

  it.each([{}, { apply: true, rehearse: true }])(
    "is a command that does not say what: %j",
    async (args) => {
      await expect(
        upgradePostgres({ stack: "test-none", ...args }, () => undefined),
      ).rejects.toThrow("Say one of --rehearse (changes nothing), --apply and --undo.");
    },
  );
});
