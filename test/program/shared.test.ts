import { describe, expect, it } from "vitest";
import { buildOf } from "#program/shared";

describe("buildOf", () => {
  const build = {
    context: ".",
    args: { VERSION: "$version", SHA: "$gitSha", PRICE: "$9", A: "1" },
  };

  it("puts version and commit in the place of their names in build arguments", () => {
    const deployed = { version: "2.1", gitSha: "abc1234" };
    expect(buildOf(build, deployed)).toEqual({
      context: ".",
      args: { VERSION: "2.1", SHA: "abc1234", PRICE: "$9", A: "1" },
    });
  });
});
