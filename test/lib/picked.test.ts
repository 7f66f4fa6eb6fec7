import { expect, it } from "vitest";
import { picked } from "#lib/picked";

it("has what is named and there, in the order of the names", () => {
  expect(Object.entries(picked({ a: 1, b: 2, c: 3 }, ["c", "missing", "a"]))).toEqual([
    ["c", 3],
    ["a", 1],
  ]);
});
