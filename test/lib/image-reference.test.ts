import { describe, expect, it } from "vitest";
import { isSameRepository, registryOf, taggedImage } from "#lib/image-reference";

describe("taggedImage", () => {
  it.each([
    ["shop", { repository: "shop", tag: "latest" }],
    ["shop:1", { repository: "shop", tag: "1" }],
    ["localhost:5000/team/shop", { repository: "localhost:5000/team/shop", tag: "latest" }],
    ["localhost:5000/shop:1.2", { repository: "localhost:5000/shop", tag: "1.2" }],
    [`shop@sha256:${"0".repeat(64)}`, undefined],
    [`shop:1@sha256:${"0".repeat(64)}`, undefined],
    [`sha256:${"0".repeat(64)}`, undefined],
  ])("of %s", (reference, parts) => {
    expect(taggedImage(reference)).toEqual(parts);
  });
});

describe("registryOf", () => {
  it.each([
    ["shop", "docker.io"],
    ["team/shop", "docker.io"],
    ["localhost/shop", "localhost"],
    ["localhost:5000/shop", "localhost:5000"],
    ["ghcr.io/team/shop", "ghcr.io"],
  ])("of %s is %s", (repository, registry) => {
    expect(registryOf(repository)).toBe(registry);
  });
});

describe("isSameRepository", () => {
  it.each([
    ["docker.io/library/nginx", "nginx", true],
    ["docker.io/team/shop", "team/shop", true],
    ["ghcr.io/team/shop", "team/shop", false],
  ])("%s and %s: %s", (a, b, same) => {
    expect(isSameRepository(a, b)).toBe(same);
  });
});
