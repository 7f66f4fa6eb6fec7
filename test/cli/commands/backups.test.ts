import { describe, expect, it } from "vitest";
import { message } from "#cli/commands/backup";
import type { Inventory, Proof } from "#cli/documents/backups";
import { inventoryText, proofText } from "#cli/commands/backups";

const proof: Proof = {
  id: "20260301T030000Z",
  kind: "latest",
  proven: true,
  error: null,
  endedAt: "2026-03-01T03:00:09Z",
  target: "2026-03-01 02:59:21.5+00",
  backup: "20260301-010000F",
  rpoSeconds: 39,
  rtoSeconds: 5.6,
  checks: [
    { name: "heartbeat", ok: true, detail: "39 s before the drill" },
    { name: "rows", ok: true, detail: "2 tables, 7 rows" },
  ],
};
const inventory: Inventory = {
  window: { from: "2026-02-15T01:00:04Z", to: "2026-03-01T09:00:00Z" },
  backups: [
    {
      repository: 1,
      label: "20260301-010000F",
      type: "full",
      bytes: 31_354_837,
      stored: 1,
      endedAt: "2026-03-01T01:00:04Z",
      provenAt: "2026-03-01T03:00:09Z",
    },
    {
      repository: 1,
      label: "20260301-010000F_20260302-010000D",
      type: "diff",
      bytes: 999,
      endedAt: "2026-03-02T01:00:04Z",
      provenAt: null,
      stored: 1,
    },
  ],
  dumps: [
    {
      file: "shop-20260301T020000Z.dump",
      createdAt: "2026-03-01T02:00:01Z",
      bytes: 6094,
      rows: 7,
      provenAt: null,
    },
  ],
  archive: { lastArchivedAt: "2026-03-01T08:59:30Z", failing: false, waiting: 0 },
  lastRuns: { dump: { error: null }, base: { error: null }, verify: null },
  alerts: [],
  disks: [{ name: "data", size: 100e9, free: 37e9 }],
  drills: { last: proof, lastProven: proof },
};

describe("inventoryText", () => {
  it("says of an external database that there are dumps alone, and where their copies are", () => {
    const dumps = inventory.dumps.map((each) => ({ ...each, copies: [2] }));
    const none = { from: null, to: null };
    const external = { ...inventory, window: none, backups: [], physical: false, dumps };
    const lines = inventoryText(external);
    expect(lines[0]).toBe("Dumps can be restored, and no other moment: the database is external.");
    expect(lines.at(-1)).toMatch(/ {2}not proven {2}repository 2$/);
    expect(inventoryText({ ...external, dumps: [] })[0]).toBe(
      "Nothing can be restored yet: the external database has not been dumped.",
    );
  });

  it("begins with what can be restored and what is proven", () => {
    expect(inventoryText(inventory)).toEqual([
      "Any moment can be restored from 2026-02-15T01:00:04Z to 2026-03-01T09:00:00Z.",
      "Proven: 2026-03-01T03:00:09Z, RPO 39 s, RTO 5.6 s.",
      "Disks: data 63 % full, 37.0 GB free.",
      "  full  20260301-010000F                   repository 1  2026-03-01T01:00:04Z  31.4 MB  proven 2026-03-01T03:00:09Z",
      "  diff  20260301-010000F_20260302-010000D  repository 1  2026-03-02T01:00:04Z  999 B    not proven",
      "  dump  shop-20260301T020000Z.dump  7 rows  2026-03-01T02:00:01Z  6.1 kB  not proven",
    ]);
  });

  it.each([
    [{ window: { from: null, to: null } }, /^No moment can be restored yet/],
    [{ drills: { last: null, lastProven: null } }, /^Nothing is proven: no drill has run yet/],
    [
      { drills: { last: { ...proof, proven: false, error: "rows: none" }, lastProven: proof } },
      /^NOT proven: the last drill, 2026-03-01T03:00:09Z: rows: none$/,
    ],
    [
      { archive: { failing: true, waiting: 12 } },
      /^Failing: WAL is not archived, 12 segments wait/,
    ],
    [
      { archive: { failing: true, waiting: 3, reason: "repo2: refused" } },
      /^Failing: WAL does not reach every repository, 3 segments wait: repo2: refused$/,
    ],
    [
      { repositories: [{ number: 2, ok: false, message: "[049] no answer" }] },
      /^Failing: repository 2 can't be read: \[049\] no answer$/,
    ],
    [
      {
        drills: {
          last: proof,
          lastProven: proof,
          offsite: [{ repository: 2, last: null, lastProven: null }],
        },
      },
      /^Repository 2 alone: Nothing is proven: /,
    ],
    [{ archive: { error: "no server\n", waiting: 0 } }, /^The server does not answer: no server$/],
    [
      { lastRuns: { dump: null, base: { error: "disk full" }, verify: null } },
      /^Failed: the last physical backup: disk full$/,
    ],
    [
      { lastRuns: { dump: null, base: null, verify: { error: "repository 1: error" } } },
      /^Failed: the last verification: repository 1: error$/,
    ],
    [
      { alerts: [{ alert: "KeelsonProofOld", text: "the last proof was 3 days ago" }] },
      /^ALERT: the last proof was 3 days ago$/,
    ],
    [
      { alerts: [{ alert: "KeelsonDrillRed", text: "the last drill" }], disks: [] },
      /^Proven: 2026-03-01T03:00:09Z/,
    ],
  ])("says so for %j", (given, line) => {
    const lines = inventoryText({ ...inventory, ...given });
    expect(lines.filter((each) => line.test(each))).toHaveLength(1);
  });
});

describe("proofText", () => {
  it("tells RPO and RTO, and each check", () => {
    expect(proofText(proof)).toEqual([
      "Proven: restored 20260301-010000F to 2026-03-01 02:59:21.5+00.",
      "  ok  heartbeat  39 s before the drill",
      "  ok  rows       2 tables, 7 rows",
      "RPO 39 s, RTO 5.6 s.",
    ]);
  });

  it("says first why a drill proved nothing", () => {
    const red = { ...proof, proven: false, error: "there is no backup", checks: [] };
    expect(proofText(red)[0]).toBe("NOT proven: there is no backup");
  });
});

describe("message", () => {
  it.each([
    ['{"level":"info","message":"backed up"}', "backed up"],
    ["base: another backup is running", "base: another backup is running"],
  ])("of %s is %s", (line, text) => {
    expect(message(line)).toBe(text);
  });
});
