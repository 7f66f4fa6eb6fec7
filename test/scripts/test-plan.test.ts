import { describe, expect, it } from "vitest";
import { testPlan } from "#scripts/test-plan";

describe("testPlan", () => {
  it("is all that shows each promise once, where nothing is asked for", () => {
    expect(testPlan([])).toEqual({ all: false, shard: undefined, write: false });
  });

  it("is a shard of the long suite", () => {
    const args = ["--all", "--shard", "2/4", "--write"];
    expect(testPlan(args)).toEqual({ all: true, shard: "2/4", write: true });
  });

  it.each([
    [["--shard", "1/4"], "--shard is for npm run test:all; npm test runs as a whole."],
    [["--all", "--shard", "5/4"], '--shard: "5/4" is not one; write it as 1/4, up to 4/4.'],
    [["--all", "--shard", "0/4"], /^--shard: "0\/4" is not one;/],
    [["--all", "--shard", "x"], /^--shard: "x" is not one;/],
    [["--everything"], /'--everything'.*; there are --all, --shard 1\/4 and --write\.$/s],
  ])("refuses %j", (args, message) => {
    expect(() => testPlan(args)).toThrow(message);
  });
});
