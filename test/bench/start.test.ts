import { describe, expect, it } from "vitest";
import { childrenSecondsIn, type Start, type Starts } from "#bench/start/measure";
import { commandsOn } from "#bench/start/plan";
import { startTable, verdict } from "#bench/start/report";

const start = (cpuSeconds: number, memoryMiB: number, code = 0): Start => ({
  code,
  cpuSeconds,
  memoryMiB,
  wallSeconds: 2 * cpuSeconds,
});

const help: Starts = {
  args: ["--help"],
  goal: { seconds: 0.3, memoryMiB: 80 },
  starts: [start(0.1, 52.4), start(0.5, 90), start(0.2, 52.6)],
};
const releases: Starts = {
  args: ["releases", "--json"],
  goal: { seconds: 1 },
  starts: [start(1.2, 110, 1), start(1.4, 100)],
};

describe("the start of commands", () => {
  it("is reported by medians, each command with its goal and its exit codes", () => {
    expect(
      startTable([help, releases])
        .split("\n")
        .map((line) => line.split(/ *\| */)),
    ).toEqual([
      ["", "Command", "Processor time", "Goal", "Wall time", "Memory", "Exit code", ""],
      ["", expect.stringMatching(/^-+$/), ...Array<unknown>(5).fill(expect.any(String)), ""],
      ["", "`keelson --help`", "0.20 s", "0.3 s, 80 MiB", "0.40 s", "53 MiB", "0", ""],
      ["", "`keelson releases --json`", "1.30 s", "1 s", "2.60 s", "105 MiB", "1, 0", ""],
    ]);
  });

  it("misses a goal by its median alone", () => {
    expect(verdict([help, releases])).toEqual([
      "keelson releases --json: 1.30 s of processor time, more than 1 s",
    ]);
    const large = { ...help, starts: [start(0.1, 81)] };
    expect(verdict([large])).toEqual(["keelson --help: 81 MiB, more than 80 MiB"]);
  });

  it("is asked of the stack that is named", () => {
    expect(commandsOn("local").map(({ args }) => args.join(" "))).toEqual([
      "--help",
      "relases",
      "up --refesh",
      "check",
      "releases",
      "backups",
      "outputs",
      "maintenance status",
      "doctor",
    ]);
    expect(commandsOn("test-x", "x.yaml").at(-1)).toEqual({
      args: ["doctor", "--stack", "test-x", "--config-file", "x.yaml"],
      goal: { seconds: 1 },
    });
  });
});

describe("childrenSecondsIn", () => {
  it("adds up user and system time of the children, whatever the process is called", () => {
    const stat = "4242 (a) b (c) S 1 4242 4242 0 -1 4194304 1 2 3 4 55 66 150 25 20 0 11 0 100";
    expect(childrenSecondsIn(stat)).toBe(1.75);
  });
});
