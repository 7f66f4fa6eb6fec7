import { describe, expect, it } from "vitest";
import { pairwise, shuffled } from "./pairwise.js";
import { generator } from "./random.js";

const factors = { a: [1, 2, 3], b: ["x", "y"], c: [true, false], d: ["p", "q"] } as const;
type Row = { readonly [Key in keyof typeof factors]: (typeof factors)[Key][number] };

function pairsIn(rows: readonly Row[]): Set<string> {
  const names = ["a", "b", "c", "d"] as const;
  return new Set(
    rows.flatMap((row) =>
      names.flatMap((one, index) =>
        names.slice(index + 1).map((two) => `${one}=${row[one]} ${two}=${row[two]}`),
      ),
    ),
  );
}

describe("pairwise", () => {
  it("covers each pair, in fewer rows than there are combinations", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const rows = pairwise<Row>(factors, generator(seed));
      // a with b, c, d: 3 × 6; b, c, d with each other: 3 × 4.
      expect(pairsIn(rows).size).toBe(30);
      expect(rows.length).toBeGreaterThanOrEqual(6);
      expect(rows.length).toBeLessThanOrEqual(10);
    }
  });

  it("makes the same rows of the same seed, and others of another", () => {
    const rows = (seed: number) => pairwise<Row>(factors, generator(seed));
    expect(rows(7)).toEqual(rows(7));
    expect(rows(7)).not.toEqual(rows(8));
  });

  it("makes no row that is not allowed, and covers all other pairs", () => {
    const allowed = ({ a, b }: Partial<Row>) => a !== 3 || b === undefined || b === "x";
    const rows = pairwise<Row>(factors, generator(1), allowed);
    expect(rows.filter(({ a, b }) => a === 3 && b === "y")).toEqual([]);
    expect(pairsIn(rows).size).toBe(29);
  });

  it("says so where a pair is in no whole row", () => {
    const allowed = (row: Partial<Row>) => row.a !== 1 || row.b === undefined;
    expect(() => pairwise<Row>({ ...factors, a: [1] }, generator(1), allowed)).toThrow(
      /^No level of \w fits the row\.$/,
    );
  });
});

describe("shuffled", () => {
  it("keeps all things, in an order that follows from the numbers", () => {
    const things = [1, 2, 3, 4, 5];
    const mixed = shuffled(things, generator(3));
    expect([mixed.toSorted(), shuffled(things, generator(3))]).toEqual([things, mixed]);
    expect(mixed).not.toEqual(things);
  });
});
