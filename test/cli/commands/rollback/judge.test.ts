import { describe, expect, it } from "vitest";
import {
  choose,
  dataBefore,
  dataFirst,
  migrationRefusal,
  migrationsSince,
  settingsChanges,
} from "#cli/commands/rollback/judge";
import type { Release } from "#cli/stack/releases";
import { release } from "../../../support/releases.js";

const v1 = release("v1", { previous: true });
const v2 = release("v2", { result: "failed", reason: "smoke test", wasLive: false });
const v3 = release("v3", { result: "live" });
const same = release("v0", { settings: v3.settings });

describe("choose", () => {
  it("goes to the previous one, or to the one that is named", () => {
    expect(choose([v3, v2, v1], undefined)).toEqual({ live: v3, to: v1 });
    expect(choose([v3, v2, v1], "v1")).toEqual({ live: v3, to: v1 });
  });

  it.each([
    [[], undefined, "No release of this stack is live: there is nothing to roll back."],
    [
      [v3, v2],
      undefined,
      "v3 is live, and none of the releases before it can be rolled back to; there is none to go to.",
    ],
    [[v3, v1], "v7", "There is no release v7; there are v1."],
    [[v3, v1], "v3", "v3 is live already."],
    [[v3, v2, v1], "v2", "v2 never was live (failed: smoke test)."],
    [[v3, same], "v0", "v0 is the same as v3, which is live."],
  ])("of %j refuses %s", (all, wanted, refusal) => {
    expect(choose(all, wanted)).toEqual({ refusal });
  });
});

describe("settingsChanges", () => {
  it("names each setting that becomes another", () => {
    const from = { env: { A: "1", B: "1" }, port: 3000, secrets: ["X"] };
    const to = { env: { A: "2", C: "1" }, port: 3000, secrets: [] };
    expect(settingsChanges(from, to)).toEqual([
      'app.env.A: "1" → "2"',
      'app.env.B: "1" → not set',
      'app.env.C: not set → "1"',
      'app.secrets: ["X"] → []',
    ]);
  });

  it("shows of a sealed text that it is one", () => {
    const kept = (text: string) => ({ sealed: `k1:${text}` });
    const from = { env: { A: kept("1"), B: kept("1"), C: "1", D: kept("1") } };
    const to = { env: { A: kept("2"), B: "2", C: kept("2"), D: kept("1") } };
    expect(settingsChanges(from, to)).toEqual([
      "app.env.A: a sealed text → another sealed text",
      'app.env.B: a sealed text → "2"',
      'app.env.C: "1" → a sealed text',
    ]);
  });
});

const migrated = (
  id: string,
  dump: string | null,
  backwardCompatible = false,
  restorePoint: string | null = null,
) => release(id, { migration: { ran: true, backwardCompatible, restorePoint, dump } });

describe("migrationsSince", () => {
  it("finds those that an older version may not understand, of failed releases too", () => {
    const failed = { ...migrated("v4", null), result: "failed" as const, wasLive: false };
    const all = [migrated("v5", null, true), failed, v3, v1];
    expect(migrationsSince(all, v1)).toEqual([failed]);
    expect(migrationsSince([v3, migrated("v1", null)], v1)).toEqual([]);
  });
});

describe("dataFirst", () => {
  const failed = (more: Partial<Release>) => ({
    ...migrated("v4", null),
    result: "failed" as const,
    wasLive: false,
    ...more,
  });
  const note = { ran: true, backwardCompatible: false, restorePoint: null, dump: null };

  it.each([
    ["restore point", { ...note, restorePoint: "before-4-x" }, "--point before-4-x"],
    ["dump", { ...note, dump: "a.dump" }, "--dump a.dump"],
    ["moment", note, '--at "2026-11-21T09:10:11.500Z"'],
  ])("offers the %s of before the migration of a release that failed", (_what, migration, from) => {
    expect(dataFirst([failed({ migration }), v3, v1], "--stack prod")).toBe(
      [
        "v4 migrated the database and never was live; v3, which is in service, may not work with the data of now. To give it those of before, unless that is done:",
        `  npx keelson restore --stack prod ${from}`,
        "To roll back further than v3 all the same, name the release: npx keelson rollback --stack prod --to <release>",
      ].join("\n"),
    );
  });

  it("is that of the first of several: what the release in service knew", () => {
    const second = failed({ id: "v5", migration: { ...note, restorePoint: "before-5-x" } });
    const first = failed({ migration: { ...note, restorePoint: "before-4-x" } });
    expect(dataFirst([second, first, v3], "")).toContain("--point before-4-x");
  });

  it.each([
    ["the newest is live", [v3, v1]],
    ["it failed without a migration", [failed({ migration: null }), v3]],
    ["its migration did not run", [failed({ migration: { ...note, ran: false } }), v3]],
    [
      "the one before understands it",
      [failed({ migration: { ...note, backwardCompatible: true } }), v3],
    ],
    ["nothing is live", [failed({})]],
  ])("is nothing where %s", (_what, all) => {
    expect(dataFirst(all, "")).toBeUndefined();
  });
});

describe("migrationRefusal", () => {
  const data = { flags: "--stack prod", backupContainer: "shop-backup-1", external: false };

  it("has the command that brings back the data of before the first of the migrations", () => {
    const all = [migrated("v3", null), migrated("v2", "a.dump")];
    expect(migrationRefusal(v1, all, data).split("\n")).toEqual([
      "v3, v2 migrated the database, and they are not marked app.migrate.backwardCompatible: v1 may not work with it.",
      "To roll back and keep the current data:",
      "  npx keelson rollback --stack prod --to v1 --keep-data",
      "To roll back and restore the data from before it; all that was written since (begun 2026-11-21T09:10:11.500Z) is not in it, and is saved as a dump:",
      "  npx keelson rollback --stack prod --to v1 --with-data",
    ]);
  });

  it("names a point in time where neither a restore point nor a dump was made", () => {
    expect(
      migrationRefusal(v1, [migrated("v2", null)], data)
        .split("\n")
        .slice(3),
    ).toEqual([
      "Neither a restore point nor a dump was made before the migration. To roll back with the data from a point in time before it:",
      '  npx keelson restore --stack prod --at "2026-11-21T09:10:11.500Z"',
      "  npx keelson rollback --stack prod --to v1 --keep-data",
    ]);
  });

  it("does not promise what a stack has not", () => {
    const none = migrationRefusal(v1, [migrated("v2", null)], {
      ...data,
      backupContainer: undefined,
    });
    expect(none).toMatch(/The stack has no backups .*: there are no data of before\.$/);
    const external = { ...data, backupContainer: undefined, external: true };
    expect(migrationRefusal(v1, [migrated("v2", null)], external)).toContain(
      "restore them where the database is",
    );
  });
});

describe("dataBefore", () => {
  const flags = "--stack prod";

  it("is the restore point of the first migration that the release may not understand, else its dump", () => {
    const v2 = migrated("v2", "a.dump", false, "before-2");
    const v4 = migrated("v4", null, false, "before-4");
    expect(dataBefore([v4, v3, v2, v1], v1, flags)).toEqual({
      kind: "point",
      asked: "before-2",
      release: v2,
    });
    expect(dataBefore([v4, v3, v2, v1], v3, flags)).toMatchObject({ asked: "before-4" });
    const dumped = migrated("v2", "a.dump");
    expect(dataBefore([v3, dumped, v1], v1, flags)).toMatchObject({
      kind: "dump",
      asked: "a.dump",
    });
  });

  it("is that of the first migration where all are marked as backward compatible", () => {
    const [later, sooner] = ["v4", "v2"].map((id) => migrated(id, null, true, `before-${id}`));
    const all = [later, sooner, v1].filter((each) => each !== undefined);
    expect(dataBefore(all, v1, flags)).toMatchObject({ asked: "before-v2" });
  });

  it("is refused where there is none", () => {
    expect(dataBefore([v3, v1], v1, flags)).toEqual({
      refusal:
        "No migration has run since v1: its data are those of now. Roll back without --with-data, " +
        'or restore a point in time: npx keelson restore --stack prod --at "<time with zone>"',
    });
    expect(dataBefore([v3, migrated("v2", null), v1], v1, flags)).toEqual({
      refusal:
        "Neither a restore point nor a dump was made before the migration of v2. Restore a point in time before it, " +
        'then roll back with --keep-data: npx keelson restore --stack prod --at "2026-11-21T09:10:11.500Z"',
    });
  });
});
