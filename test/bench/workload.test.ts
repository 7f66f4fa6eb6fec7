import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { deepMerge } from "#lib/merge";
import { goodAndBad, goodRelease } from "#bench/workload/candidates";
import type { WorkloadFigures } from "#bench/workload/figures";
import { settings } from "#bench/workload/settings";
import { broken, workloadReport } from "#bench/workload/report";

const span = (name: string, good: boolean) => ({
  span: { name, version: name, good, began: 0, ended: 20_000 },
  switched: good ? 12 : undefined,
  finished: 20,
  failed: 0,
});
const kept: WorkloadFigures = {
  releases: {
    requests: 12_345,
    failed: 0,
    onPurpose: 3,
    outside: { count: 1, p50: 1, p99: 1 },
    during: { count: 1, p50: 1, p99: 1 },
    spans: [span("good 1.1", true), span("worker ends by itself", false)],
    byKind: {},
  },
  queue: { made: 900, lost: 0, doubled: 0 },
  table: { made: 900, lost: 0, doubled: 0 },
  calls: { made: 1400, failed: 0, why: "" },
  job: { runs: 3, missed: 0, doubled: 0, interrupted: 0 },
  overlaps: 0,
};

describe("the benchmark of workloads", () => {
  it("has each bad release after a good one, whatever the one before it left", () => {
    const all = goodAndBad();
    expect(all.map(({ good }) => good)).toEqual(all.map((_, index) => index % 2 === 0));
    expect(new Set(all.map(({ name }) => name)).size).toBe(10);
    expect(goodAndBad(1).map(({ name }) => name)).toEqual(["good 1.1", "worker ends by itself"]);
    for (const { settings } of all) {
      expect(settings).toMatchObject({
        app: { env: { FAULT: expect.any(String) as string } },
        services: {
          table: { env: { FAULT: expect.any(String) as string } },
          beat: { env: { FAULT: expect.any(String) as string } },
        },
      });
    }
  });

  it("has settings of which the first up thinks nothing wrong", () => {
    const stack = deepMerge(settings, goodRelease("1.0").settings);
    expect(settingsFrom({ environment: "local", ...stack }).services).toHaveProperty("caller");
  });

  it("reports what became of everything", () => {
    const rows = workloadReport(kept)
      .split("\n")
      .map((line) => line.split(/ *\| */).slice(1, -1));
    expect(rows).toEqual(
      expect.arrayContaining([
        ["Releases", "1 good, 1 bad", ""],
        ["Requests through the proxy", "12 345", "0 failed"],
        ["Tasks of the Redis queue", "900", "0 lost, 0 doubled"],
        ["Runs of the job of each minute", "3", "0 missed, 0 doubled, 0 interrupted"],
        ["worker ends by itself", "refused", "not switched", "20.0 s", "0"],
      ]),
    );
    expect(broken(kept)).toEqual([]);
  });

  it("names each promise that was broken", () => {
    const figures = {
      ...kept,
      releases: { ...kept.releases, failed: 2 },
      queue: { made: 900, lost: 1, doubled: 0 },
      table: { made: 900, lost: 1, doubled: 4 },
      calls: { made: 1400, failed: 7, why: "7 × fresh ECONNREFUSED" },
      job: { runs: 3, missed: 1, doubled: 0, interrupted: 0 },
    };
    expect(broken(figures)).toEqual([
      "2 requests failed",
      "7 calls between processes failed: 7 × fresh ECONNREFUSED",
      "2 tasks were lost",
      "4 tasks were done twice",
      "1 times of the job had no run",
    ]);
  });
});
