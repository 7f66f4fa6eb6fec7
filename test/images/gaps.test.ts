import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const script = readFileSync(
  join(import.meta.dirname, "..", "..", "images", "backup", "drill.bash"),
  "utf8",
);
const [missingSegments = ""] = /^missing_segments\(\) \{.*?^\}/ms.exec(script) ?? [];

/** Name of a segment of 16 MiB, of which a log file has 256. */
function segment(timeline: number, number: number): string {
  return [timeline, Math.floor(number / 256), number % 256]
    .map((part) => part.toString(16).toUpperCase().padStart(8, "0"))
    .join("");
}

/** What is missing of segments, each `[timeline, number]`, from the first on. */
function missing(first: string, segments: readonly (readonly [number, number])[]): string[] {
  const input = segments.map(([timeline, number]) => `${segment(timeline, number)}\n`).join("");
  const args = ["-c", `set -euo pipefail\n${missingSegments}\nmissing_segments ${first} 256`];
  return execFileSync("bash", args, { input, encoding: "utf8" }).split("\n").filter(Boolean);
}

const hole = (timeline: number, from: number, to: number) =>
  `${segment(timeline, from)} ${segment(timeline, to)}`;

describe("the holes in an archive", () => {
  it("are none where all is there, over log files and from one timeline to the next", () => {
    const all = [254, 255, 256, 257].map((number) => [1, number] as const);
    expect(missing(segment(1, 254), all)).toEqual([]);
    expect(missing(segment(1, 254), [...all, [2, 257], [2, 258]])).toEqual([]);
    expect(missing(segment(1, 254), [])).toEqual([]);
  });

  it("are reported with the segment that it goes on with", () => {
    const some = [253, 254, 258, 259, 261].map((number) => [1, number] as const);
    expect(missing(segment(1, 253), some)).toEqual([hole(1, 255, 258), hole(1, 260, 261)]);
  });

  it("may be before the first that is there, and don't count before the first that is wanted", () => {
    expect(missing(segment(1, 4), [[1, 6]])).toEqual([hole(1, 4, 6)]);
    const some = [1, 3, 4].map((number) => [1, number] as const);
    expect(missing(segment(1, 3), some)).toEqual([]);
  });
});
