import { describe, expect, it } from "vitest";
import {
  choose,
  migrationRefusal,
  migrationsSince,
  settingsChanges,
} from "../../cli/rollback-judge.js";
import { release } from "../support/releases.js";

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
    [[], undefined, "No release of this stack is live: there is nothing to go back from."],
    [
      [v3, v2],
      undefined,
      "v3 is live, and no release before it is one to go back to; there is none to go to.",
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
      ...['app.env.A: "1" → "2"', 'app.env.B: "1" → not set', 'app.env.C: not set → "1"'],
      'app.secrets: ["X"] → []',
    ]);
  });
});

const migrated = (id: string, dump: string | null, backwardCompatible = false) =>
  release(id, { migration: { ran: true, backwardCompatible, restorePoint: null, dump } });

describe("migrationsSince", () => {
  it("finds those that an older version may not understand, of failed releases too", () => {
    const failed = { ...migrated("v4", null), result: "failed" as const, wasLive: false };
    const all = [migrated("v5", null, true), failed, v3, v1];
    expect(migrationsSince(all, v1)).toEqual([failed]);
    expect(migrationsSince([v3, migrated("v1", null)], v1)).toEqual([]);
  });
});

describe("migrationRefusal", () => {
  const data = { words: "--stack prod", backupContainer: "shop-backup-1", external: false };

  it("has the commands that bring back the data of before the first of the migrations", () => {
    const text = migrationRefusal(
      v1,
      [migrated("v3", "later.dump"), migrated("v2", "a.dump")],
      data,
    );
    expect(text.split("\n")).toEqual([
      "v3, v2 migrated the database, and they are not marked app.migrate.backwardCompatible: v1 may not work with it.",
      "To go back with the data as they are:",
      "  npx keelson rollback --stack prod --to v1 --keep-data",
      "To go back with the data of before; all that was written since (begun 2026-11-21T09:10:11.500Z) is lost:",
      "  npx keelson maintenance on --stack prod",
      "  docker cp shop-backup-1:/backups/a.dump a.dump",
      "  npx keelson import --stack prod --dump a.dump --replace",
      "  npx keelson rollback --stack prod --to v1 --keep-data",
      "  npx keelson maintenance off --stack prod",
    ]);
  });

  it("says how to find a dump where none was taken", () => {
    expect(migrationRefusal(v1, [migrated("v2", null)], data)).toContain(
      "  docker exec shop-backup-1 ls /backups    # no dump was taken before the migration: choose the newest from before it\n" +
        "  docker cp shop-backup-1:/backups/<name>.dump <name>.dump\n",
    );
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
