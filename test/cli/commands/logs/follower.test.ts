import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { LineFilter } from "#cli/commands/logs/filter";
import { Follower } from "#cli/commands/logs/follower";
import type { StartDocker } from "#cli/commands/logs/reader";
import { startedIn, Starts } from "#cli/commands/logs/starts";
import { until } from "../../../support/docker.js";

/** Prints lines, then ends when it reads nothing more to do; what it was asked for is noted. */
function dockerOf(answers: string[][], asked: string[] = []): StartDocker {
  return (args) => {
    asked.push(args.join(" "));
    const lines = answers.shift() ?? [];
    return spawn(process.execPath, ["-e", "console.log(process.argv[1])", lines.join("\n")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
  };
}

const at = (second: number) => `2026-03-01T12:00:0${String(second)}.000000000Z`;
const container = (id: string) => ({ id, name: `shop-${id}`, process: "app", instance: "app" });

describe("Follower", () => {
  it("goes on with a container that starts again where it has ended, and shows no line twice", async () => {
    const shown: string[] = [];
    const asked: string[] = [];
    const answers = [
      [`${at(1)} one`, `${at(2)} two`],
      [`${at(2)} two`, `${at(3)} three`],
    ];
    const filter = new LineFilter({}, ({ message }) => shown.push(message));
    const request = { since: undefined, tail: "7", grep: undefined, release: undefined };
    const follower = new Follower(dockerOf(answers, asked), request, filter, (error: unknown) =>
      expect.fail(String(error)),
    );
    follower.follow(container("c1"));
    // Docker tells of the start before the log of the first run is at its end.
    follower.follow(container("c1"));
    await until("the lines", () => Promise.resolve(shown.length >= 3));
    expect(shown).toEqual(["one", "two", "three"]);
    expect(asked).toEqual([
      "logs --timestamps --follow --tail 7 c1",
      `logs --timestamps --follow --since ${at(2)} --tail all c1`,
    ]);
    follower.stop();
  });

  it("shows all of a container that takes another one's place", async () => {
    const shown: string[] = [];
    const asked: string[] = [];
    const filter = new LineFilter({}, ({ message }) => shown.push(message));
    const request = { since: undefined, tail: "7", grep: undefined, release: undefined };
    const answers = [[`${at(1)} old`], [`${at(2)} new`]];
    const follower = new Follower(dockerOf(answers, asked), request, filter, (error: unknown) =>
      expect.fail(String(error)),
    );
    follower.follow(container("c1"));
    await until("the first line", () => Promise.resolve(shown.length >= 1));
    follower.follow(container("c2"));
    await until("the second line", () => Promise.resolve(shown.length >= 2));
    expect(shown).toEqual(["old", "new"]);
    expect(asked[1]).toBe("logs --timestamps --follow --tail all c2");
    follower.stop();
  });
});

const event = (Action: string, id: string) =>
  JSON.stringify({
    Action,
    Actor: {
      ID: id,
      Attributes: { name: `shop-prod-app-${id}`, "dev.keelson.workload": "app" },
    },
  });

describe("Starts", () => {
  it("knows a start by its event", () => {
    expect(startedIn(event("start", "0c1d2e3"), "shop-prod")).toEqual({
      id: "0c1d2e3",
      name: "shop-prod-app-0c1d2e3",
      workload: "app",
      process: "app",
      instance: "app",
    });
    expect(startedIn(event("die", "0c1d2e3"), "shop-prod")).toBeUndefined();
  });

  it("asks an engine that has ended once more, and says so once", async () => {
    const lost: string[] = [];
    const ids: string[] = [];
    const asked: string[] = [];
    const answers = [[event("start", "0000001")], [event("start", "0000002")]];
    const of = { app: "shop", stack: "prod", prefix: "shop-prod" };
    const starts = new Starts(dockerOf(answers, asked), of);
    await starts.each(
      ({ id }) => {
        ids.push(id);
        if (ids.length === 2) starts.stop();
      },
      (why) => lost.push(why),
    );
    expect(ids).toEqual(["0000001", "0000002"]);
    expect(lost).toEqual(["the connection to Docker has ended"]);
    expect(asked[0]).toContain("--filter label=dev.keelson.stack=prod");
  });
});
