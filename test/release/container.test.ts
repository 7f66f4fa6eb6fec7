import { describe, expect, it } from "vitest";
import { healthCommand } from "#release/health";

describe("healthCommand", () => {
  it.each([
    [
      ["CMD", "/usr/local/bin/healthcheck", "now"],
      ["/usr/local/bin/healthcheck", "now"],
    ],
    [
      ["CMD-SHELL", "wget -q localhost || exit 1"],
      ["/bin/sh", "-c", "wget -q localhost || exit 1"],
    ],
    [["NONE"], undefined],
    [[], undefined],
  ])("of %j are %j", (test, args) => {
    expect(healthCommand(test)).toEqual(args);
  });
});
