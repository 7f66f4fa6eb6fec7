import { describe, expect, it } from "vitest";
import type { Footprint } from "#bench/footprint/measure";
import { footprintTable, verdict } from "#bench/footprint/report";

const footprint = (
  monitoring: boolean,
  rate: number,
  roles: Readonly<Record<string, readonly [mebibytes: number, cpuPercent: number]>>,
): Footprint => ({
  monitoring,
  rate,
  roles: new Map(
    Object.entries(roles).map(([role, [mebibytes, cpuPercent]]) => [
      role,
      { memory: mebibytes * 1024 ** 2, cpuPercent },
    ]),
  ),
});

const small = footprint(false, 0, { app: [200, 9], proxy: [20, 0.2], backup: [4, 0.1] });
const busy = footprint(false, 200, { app: [210, 50], proxy: [22, 8], backup: [4, 0.1] });
const large = footprint(true, 0, { app: [200, 9], proxy: [20, 0.2], monitoring: [290, 4.9] });

describe("the footprint", () => {
  it("is reported by parts, and summed without the app", () => {
    const [, , ...rows] = footprintTable([small, busy, large])
      .split("\n")
      .map((line) => line.split(/ *\| */).filter((cell) => cell !== ""));
    expect(rows).toEqual([
      ["`backup`", "4.00 MiB, 0.10 %", "4.00 MiB, 0.10 %", "–"],
      ["`monitoring`", "–", "–", "290 MiB, 4.90 %"],
      ["`proxy`", "20.0 MiB, 0.20 %", "22.0 MiB, 8.00 %", "20.0 MiB, 0.20 %"],
      ["**all of Keelson's**", "24.0 MiB, 0.30 %", "26.0 MiB, 8.10 %", "310 MiB, 5.10 %"],
      ["`app`", "200 MiB, 9.00 %", "210 MiB, 50.0 %", "200 MiB, 9.00 %"],
      ["`postgres`", "–", "–", "–"],
    ]);
  });

  it("misses its goals at idle alone", () => {
    expect(verdict([small, busy])).toEqual([]);
    expect(verdict([large])).toEqual([
      "idle, with monitoring: 310 MiB, 5.10 %; more than 300 MiB",
      "idle, with monitoring: 310 MiB, 5.10 %; more than 5 %",
    ]);
  });
});
