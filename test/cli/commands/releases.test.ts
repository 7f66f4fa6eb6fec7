import { describe, expect, it } from "vitest";
import { releasesTable, shortImage } from "#cli/commands/releases";
import { release } from "../../support/releases.js";

describe("releasesTable", () => {
  it("has a line for each, and the first line of a reason", () => {
    const pushed = {
      image: "hub.example.com/a/shop@sha256:222",
      tag: "hub.example.com/a/shop:1",
      imageId: `sha256:${"1".repeat(64)}`,
    };
    const all = [
      release("v3", { result: "live", backTo: "v1", failed: 1, requests: 200, ...pushed }),
      release("v2", { result: "failed", reason: "health: it is not\nits log", seconds: null }),
      release("v1", { result: "rolled-back", reason: "by v3" }),
    ];
    expect(releasesTable(all)).toEqual([
      "    begun (UTC)          seconds  failed    image         image id      version  commit      by   result",
      "v3  2026-11-21 09:10:11  12.3     1 of 200  a/shop:1@222  111111111111  v3       abc1234def  eve  live, rollback to v1",
      "v2  2026-11-21 09:10:11           0 of 10   shop:v2                     v2       abc1234def  eve  failed: health: it is not",
      "v1  2026-11-21 09:10:11  12.3     0 of 10   shop:v1                     v1       abc1234def  eve  rolled back: by v3",
    ]);
  });

  it("says that there is none", () => {
    expect(releasesTable([])).toEqual(["Nothing was released yet."]);
  });
});

describe("shortImage", () => {
  it.each([
    ["shop:1", "shop:1"],
    ["registry.example.com/team/shop:1", "team/shop:1"],
    [`ghcr.io/me/shop@sha256:${"0123456789abcdef".repeat(4)}`, "me/shop@0123456789ab"],
  ])("of %s is %s", (image, short) => {
    expect(shortImage(image)).toBe(short);
  });
});
