import { describe, expect, it } from "vitest";
import { measured } from "#cli/commands/preview/timeline";
import { timeline } from "../../../support/preview.js";

describe("measured", () => {
  it("is from the creation, and from the signal to the one before, to health", () => {
    const { start, restart } = measured(timeline);
    expect([start, restart].map((each) => each?.toFixed(2))).toEqual(["3.50", "4.50"]);
  });

  it("is the start alone, by the probes, once Docker has forgotten the events", () => {
    const found = measured(timeline.split("\n").slice(0, 5).join("\n"));
    expect([found.start?.toFixed(2), found.restart]).toEqual(["3.60", undefined]);
  });

  it.each([
    ["nothing was recorded", undefined],
    ["the output was a secret", "[secret]"],
    [
      "the first good probe may be forgotten",
      timeline.split("\n").slice(0, 3).join("\n") + '\nprobe 0 "2026-11-21T09:00:00Z"'.repeat(5),
    ],
    [
      "Docker has started it again since",
      timeline.replace("started 2026-11-21T08:57", "started 2026-11-21T09:57"),
    ],
    ["no probe was good", timeline.split("\n").slice(0, 4).join("\n")],
  ])("is unknown where %s", (_what, text) => {
    expect(measured(text)).toEqual({});
  });

  it("does not take another's stop for that of the one before", () => {
    expect(measured(timeline.replace("old kill", "older kill")).restart).toBeUndefined();
  });
});
