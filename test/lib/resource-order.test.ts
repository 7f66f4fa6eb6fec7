import { describe, expect, it } from "vitest";
import { referencesOf, sortByReferences, withoutDangling } from "#lib/resource-order";

describe("referencesOf", () => {
  it("are the parent, the provider and all dependencies, and never the resource itself", () => {
    const resource = {
      urn: "self",
      parent: "parent",
      provider: "urn:x::provider::id-1",
      dependencies: ["a", "self"],
      propertyDependencies: { name: ["b"], image: ["a", "c"] },
    };
    expect([...referencesOf(resource)].sort()).toEqual(
      ["parent", "urn:x::provider", "a", "b", "c"].sort(),
    );
    expect(referencesOf({ urn: "alone", provider: "" }).size).toBe(0);
  });
});

describe("sortByReferences", () => {
  it("puts each after what it refers to, and leaves the rest in its order", () => {
    const resources = [
      { urn: "c", dependencies: ["b"] },
      { urn: "x" },
      { urn: "b", parent: "a" },
      { urn: "a" },
    ];
    expect(sortByReferences(resources).map(({ urn }) => urn)).toEqual(["a", "b", "c", "x"]);
  });

  it("keeps a resource and its replacement, and ends where references go round", () => {
    const resources = [
      { urn: "user", dependencies: ["a"] },
      { urn: "a", id: "new" },
      { urn: "a", id: "old" },
      { urn: "b", dependencies: ["c"] },
      { urn: "c", dependencies: ["b"] },
    ];
    const sorted = sortByReferences(resources);
    expect(sorted).toHaveLength(5);
    expect(sorted.slice(0, 3).map((each) => ("id" in each ? each.id : each.urn))).toEqual([
      "new",
      "old",
      "user",
    ]);
  });
});

describe("withoutDangling", () => {
  it("takes dependencies away on what is not there", () => {
    const resources = [
      { urn: "a", dependencies: ["b", "gone"], propertyDependencies: { x: ["gone"], y: ["b"] } },
      { urn: "b" },
    ];
    expect(withoutDangling(resources)).toEqual([
      { urn: "a", dependencies: ["b"], propertyDependencies: { x: [], y: ["b"] } },
      { urn: "b", dependencies: [], propertyDependencies: {} },
    ]);
  });
});
