import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "../support/docker.js";

const hour = 3_600_000;
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-retention-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function stamp(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replaceAll("-", "").replaceAll(":", "")}Z`;
}

/** A dump as `backup` leaves it. */
function dump(time: number, database = "shop"): string {
  const name = `${database}-${stamp(time)}`;
  for (const end of [".dump", ".dump.sha256", ".json"]) writeFileSync(join(folder, name + end), "");
  return `${name}.dump`;
}

async function retention(keep: readonly number[], named = ""): Promise<string[]> {
  const args = [folder, "shop", ...keep.map(String), named];
  const { stdout } = await run("images/backup/apply-retention", args);
  return stdout.split("\n").filter((line) => line !== "");
}

function dumps(): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".dump"));
}

describe("retention", () => {
  it("keeps the newest dump of each of the last days, weeks and months", async () => {
    const start = Date.UTC(2026, 0, 1, 3);
    const made = Array.from({ length: 100 }, (_, day) => dump(start + day * 24 * hour));
    const deleted = await retention([7, 4, 6]);
    const kept = dumps().map((name) => name.slice(5, 13));
    expect(kept).toEqual([
      "20260131",
      "20260228",
      "20260322",
      "20260329",
      "20260331",
      "20260404",
      "20260405",
      "20260406",
      "20260407",
      "20260408",
      "20260409",
      "20260410",
    ]);
    expect(deleted.length).toBe(made.length - kept.length);
  });

  it("removes a dump's checksum and manifest with it", async () => {
    const start = Date.UTC(2026, 5, 1);
    for (let day = 0; day < 5; day += 1) dump(start + day * 24 * hour);
    await retention([3, 0, 0]);
    expect(readdirSync(folder)).toEqual(
      ["20260603", "20260604", "20260605"].flatMap((day) =>
        [".dump", ".dump.sha256", ".json"].map((end) => `shop-${day}T000000Z${end}`),
      ),
    );
  });

  it("loses nothing when backups have failed for months", async () => {
    const start = Date.UTC(2025, 0, 1);
    for (let day = 0; day < 5; day += 1) dump(start + day * 24 * hour);
    expect(await retention([7, 4, 6])).toEqual([]);
  });

  it("keeps the two newest even when nothing is to be kept", async () => {
    const start = Date.UTC(2026, 5, 1);
    const made = Array.from({ length: 4 }, (_, index) => dump(start + index * hour));
    expect(await retention([0, 0, 0])).toEqual([made[1], made[0]]);
  });

  it("keeps a dump that is marked, and lets none of the others go for it", async () => {
    const made = Array.from({ length: 4 }, (_, index) => dump(Date.UTC(2026, 5, 1) + index * hour));
    writeFileSync(join(folder, `${made[0] ?? ""}.keep`), "");
    expect(await retention([0, 0, 0])).toEqual([made[1]]);
    expect(dumps()).toEqual([made[0], made[2], made[3]]);
  });

  it("keeps the dump just made when the clock has been put back", async () => {
    const past = dump(Date.UTC(2020, 0, 1));
    for (let day = 1; day < 6; day += 1) dump(Date.UTC(2026, 0, day));
    expect(await retention([1, 0, 0], past)).toHaveLength(3);
    expect(dumps()).toContain(past);
  });

  it("touches nothing that is not a complete dump of its own database", async () => {
    const foreign = [
      "shop-20200101T000000Z.dump.part", // being written
      "shop-20200102T000000Z.dump", // no manifest: not one of Keelson's
      "shop-20201301T000000Z.dump", // not a date
      "shop-20201301T000000Z.dump.sha256",
      "shop-20201301T000000Z.json",
      "shop.dump",
      "notes.txt",
      "status.json",
      "shop-copy of 20200101T000000Z.dump",
    ];
    for (const name of foreign) writeFileSync(join(folder, name), "");
    mkdirSync(join(folder, "shop-20200103T000000Z.dump"));
    symlinkSync("/etc/hostname", join(folder, "shop-20200104T000000Z.dump"));
    const others = [dump(Date.UTC(2020, 0, 1), "shop-eu"), dump(Date.UTC(2020, 0, 2), "shop-eu")];
    const before = readdirSync(folder);
    for (let index = 0; index < 6; index += 1) dump(Date.UTC(2026, 0, 1, index));
    expect(await retention([0, 0, 0])).toHaveLength(4);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining([...before, ...others]));
  });

  it.each([
    [["nowhere", "shop", "7", "4", "6"], "apply-retention: nowhere is not a folder"],
    [[".", "shop", "-1", "4", "6"], "apply-retention: daily, weekly and monthly are whole numbers"],
    [[".", "shop"], "apply-retention: say folder, database, daily, weekly, monthly"],
  ])("refuses %j", async (args, message) => {
    const { code, stderr } = await run("images/backup/apply-retention", args, { mayFail: true });
    expect([code, stderr.trim()]).toEqual([2, message]);
  });
});

/** A small generator with a seed, so that a failing history can be run again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function week(time: number): string {
  const date = new Date(time);
  date.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7)); // the week's Thursday names its year
  const first = Date.UTC(date.getUTCFullYear(), 0, 1);
  return `${date.getUTCFullYear()}-${Math.floor((date.getTime() - first) / (7 * 24 * hour))}`;
}

/** What should be kept, said in another way than the script says it. */
function expectedKept(times: readonly number[], [daily, weekly, monthly]: readonly number[]) {
  const newestFirst = [...times].sort((a, b) => b - a);
  const kept = new Set(newestFirst.slice(0, 2));
  const day = (time: number) => stamp(time).slice(0, 8);
  const month = (time: number) => stamp(time).slice(0, 6);
  for (const [period, limit] of [
    [day, daily],
    [week, weekly],
    [month, monthly],
  ] as const) {
    const periods = [...new Set(newestFirst.map(period))].slice(0, limit);
    for (const one of periods) kept.add(newestFirst.find((time) => period(time) === one) ?? 0);
  }
  return kept;
}

describe("retention, over random histories", () => {
  const seed = Number(process.env["KEELSON_SEED"] ?? Date.now() % 1_000_000);

  it(`keeps what the rules say, and the newest always (KEELSON_SEED=${seed})`, async () => {
    const next = random(seed);
    for (let history = 0; history < 25; history += 1) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      const start = Date.UTC(2019 + next(12), next(12), 1 + next(28), next(24));
      const times = Array.from({ length: 1 + next(20) }, () => start + next(400 * 24) * hour);
      for (const time of times) dump(time);
      const keep = [next(8), next(5), next(7)];
      await retention(keep);
      const left = new Set(dumps());
      expect(left).toContain(`shop-${stamp(Math.max(...times))}.dump`);
      const expected = [...expectedKept(times, keep)].map((time) => `shop-${stamp(time)}.dump`);
      expect([...left].sort()).toEqual(expected.sort());
    }
  });
});
