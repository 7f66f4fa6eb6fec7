import { describe, expect, it } from "vitest";
import { lastCommitIn } from "#bench/backup/archive";
import { rateIn } from "#bench/backup/archiving";
import type { Kill } from "#bench/backup/kills";
import { Ledger, numbersIn } from "#bench/backup/ledger";
import { whole } from "#bench/backup/plan";
import {
  archivingTable,
  backupTable,
  killTable,
  restoreTable,
  verdict,
  type Result,
} from "#bench/backup/report";

describe("the ledger", () => {
  it("counts as lost what was acknowledged and is gone, and nothing else", () => {
    const ledger = new Ledger();
    const [first, second, third, cut] = [1, 2, 3, 4].map(() => ledger.next());
    for (const number of [first, second, third]) ledger.acknowledge(number ?? 0);
    // The fourth was committed, and the server killed before it could say so.
    expect(ledger.lost(new Set([first ?? 0, third ?? 0, cut ?? 0]))).toEqual([second]);
    expect(ledger.lost(new Set([1, 2, 3]))).toEqual([]);
    ledger.forget([second ?? 0]);
    expect([ledger.lost(new Set([1])), ledger.count]).toEqual([[third], 3]);
  });

  it("tells what was acknowledged after a moment", () => {
    const ledger = new Ledger();
    for (const at of [1000, 2000, 3000]) ledger.acknowledge(ledger.next(), at);
    expect(ledger.since(1500)).toEqual({ numbers: [2, 3], oldest: 2000 });
    expect(ledger.since(3000)).toEqual({ numbers: [], oldest: undefined });
  });

  it("reads numbers as psql prints them", () => {
    expect(numbersIn("1\n20\n3")).toEqual(new Set([1, 20, 3]));
    expect(numbersIn("")).toEqual(new Set());
  });
});

describe("lastCommitIn", () => {
  it("reads the segment and when its last commit was", () => {
    const text =
      "00000002000000000000001F desc: COMMIT 2026-03-04 05:06:07.123456 UTC; inval msgs: relcache 1 UTC\n";
    expect(() => lastCommitIn(text)).toThrow("this is no commit in the archive");
    expect(
      lastCommitIn("00000002000000000000001F desc: COMMIT 2026-03-04 05:06:07.123456 UTC\n"),
    ).toEqual({ segment: "00000002000000000000001F", at: Date.UTC(2026, 2, 4, 5, 6, 7, 123) });
  });
});

describe("rateIn", () => {
  const printed = (failed: number) => `transaction type: <builtin: TPC-B (sort of)>
number of transactions actually processed: 4321
number of failed transactions: ${failed} (0.000%)
latency average = 9.2 ms
initial connection time = 12.3 ms
tps = 864.253 (without initial connection time)
`;

  it("reads pgbench's transactions a second", () => {
    expect(rateIn(printed(0))).toBe(864.253);
  });

  it("takes no round in which a transaction failed, and nothing else for one", () => {
    expect(() => rateIn(printed(3))).toThrow("3 transactions of pgbench failed");
    expect(() => rateIn("pgbench: error: nobody is there")).toThrow("not what pgbench prints");
  });
});

describe("what is published", () => {
  it("is of at least 1 GB, and of twenty kills", () => {
    expect(whole.leastBytes).toBe(1e9);
    expect(whole.kills.reduce((sum, { times }) => sum + times, 0)).toBe(20);
  });
});

const kill = (load: string, more: Partial<Kill>): Kill => ({
  load,
  committed: 1000,
  lost: 0,
  repository: 3,
  onlyLocal: 40,
  back: 1.5,
  ...more,
});
const kills = [kill("busy", {}), kill("busy", { repository: 5, onlyLocal: 9000 })];
const quiet = kill("quiet", { committed: 12_345, repository: 58.25, back: 2.5 });
const restores = {
  bare: [4, 6],
  bareAnswers: [8, 8],
  drill: [10, 10],
  command: [40, 50],
  away: [7, 9],
  wal: [100e6, 100e6],
};

const rows = (table: string) =>
  table
    .split("\n")
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );

describe("the tables", () => {
  it("have each backup compared with the bare one of its kind", () => {
    const physical = [
      { title: "bare", seconds: [10, 11, 9], stored: 1.1e9 },
      { title: "ours", seconds: [20], stored: 250e6 },
    ];
    const table = backupTable(1e9, [physical, [{ title: "dump", seconds: [40], stored: 5e8 }]]);
    expect(rows(table)).toEqual([
      ["bare", "10.0 s", "100 MB/s", "1.00", "1100 MB", "1.10"],
      ["ours", "20.0 s", "50.0 MB/s", "0.50", "250 MB", "0.25"],
      ["dump", "40.0 s", "25.0 MB/s", "1.00", "500 MB", "0.50"],
    ]);
  });

  it("have each restore compared with the bare one that does as much", () => {
    expect(rows(restoreTable(restores)).map(([, ...cells]) => cells)).toEqual([
      ["5.00 s", "6.00 s", "1.00"],
      ["8.00 s", "8.00 s", "1.00"],
      ["10.0 s", "10.0 s", "0.80"],
      ["45.0 s", "50.0 s", "0.18"],
      ["8.00 s", "9.00 s", "–"],
    ]);
  });

  it("say what kills lost, by load and in all", () => {
    const table = rows(killTable([...kills, quiet], { restored: 12_000, missing: 345 }));
    expect(table.map(([, ...cells]) => cells)).toEqual([
      ["2", "1", "3"],
      ["1 000", "12 345", "12 345"],
      ["**0**", "**0**", "**0**"],
      ["4.00 s", "58.3 s", "5.00 s"],
      ["**5.00 s**", "**58.3 s**", "**58.3 s**"],
      ["9 000", "40", "9 000"],
      ["1.50 s", "2.50 s", "1.50 s"],
      ["1.50 s", "2.50 s", "2.50 s"],
      ["", "", "12 000 rows, 345 missing"],
    ]);
  });

  it("have throughput with archiving compared with that without", () => {
    const one = (rate: number, waiting: number) => ({ rate, wal: rate * 2000, waiting });
    expect(rows(archivingTable({ off: [one(1000, 0)], on: [one(900, 2), one(950, 1)] }))).toEqual([
      ["without", "1000", "1.00", "2.00 MB/s", "2.00 kB", "–"],
      ["as in a stack", "925", "0.93", "1.85 MB/s", "2.00 kB", "2"],
    ]);
  });
});

describe("the verdict", () => {
  const result = { bytes: 1e9, restores, kills: [...kills, quiet] } as unknown as Result;

  it("says of each goal whether it is met", () => {
    expect(verdict(result)).toEqual({
      lost: 0,
      lines: [
        "lost 0 of 12345 committed rows in 3 kills",
        "RPO from the repository alone: 58.3 s, within 60 s",
        "RTO by one command: 50.0 s for 1000 MB, within 2 min a GB",
      ],
    });
  });

  it("says what is lost, late or slow", () => {
    const worse = {
      ...result,
      kills: [kill("busy", { lost: 2, repository: 61 })],
      restores: { ...restores, command: [121] },
    };
    expect(verdict(worse)).toEqual({
      lost: 2,
      lines: [
        "lost 2 of 1000 committed rows in 1 kills",
        "RPO from the repository alone: 61.0 s, MORE than 60 s",
        "RTO by one command: 121 s for 1000 MB, MORE than 2 min a GB",
      ],
    });
  });
});
