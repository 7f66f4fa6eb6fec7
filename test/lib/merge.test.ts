import { describe, expect, it } from "vitest";
import { deepMerge, inKeyOrder } from "#lib/merge";

describe("deepMerge", () => {
  it("merges mappings key by key and replaces everything else", () => {
    const base = { a: { b: 1, c: [1, 2], d: { e: 1 } }, f: "x", g: { h: 1 } };
    const over = { a: { c: [3], d: { i: 2 } }, f: null, g: "text", j: {} };
    expect(deepMerge(base, over)).toEqual({
      a: { b: 1, c: [3], d: { e: 1, i: 2 } },
      f: null,
      g: "text",
      j: {},
    });
  });

  it("changes neither of the two", () => {
    const [base, over] = [{ a: { b: 1 } }, { a: { c: 2 } }];
    deepMerge(base, over);
    expect([base, over]).toEqual([{ a: { b: 1 } }, { a: { c: 2 } }]);
  });
});

describe("inKeyOrder", () => {
  it("orders the keys of mappings at every depth, and leaves lists as they are", () => {
    const value = { b: [{ d: 1, c: "x" }, 2], a: null };
    expect(JSON.stringify(inKeyOrder(value))).toBe('{"a":null,"b":[{"c":"x","d":1},2]}');
  });
});
