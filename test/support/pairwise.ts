// Covers of settings: each pair of two factors' levels is in one row at least, in far fewer rows than there are
// combinations.

type Factors<Row> = { readonly [Key in keyof Row]: readonly Row[Key][] };
type Pair<Row> = readonly [keyof Row, unknown, keyof Row, unknown];

/**
 * Rows that cover every pair of levels, greedily: each begins with a pair that is not covered yet, and takes for every
 * other factor the level that covers most.
 * @param random numbers from 0 to 1, from which the rows follow
 * @param allowed whether a row may be so, as far as it is chosen; pairs that it excludes are covered by none
 * @throws Error where a pair is allowed but no whole row with it
 */
export function pairwise<Row extends object>(
  factors: Factors<Row>,
  random: () => number,
  allowed: (row: Partial<Row>) => boolean = () => true,
): Row[] {
  const names = Object.keys(factors) as (keyof Row)[];
  let left = pairsOf(factors, names).filter((pair) => allowed(rowOf(pair)));
  const rows: Row[] = [];
  for (;;) {
    const first = left[Math.floor(random() * left.length)];
    if (first === undefined) return rows;
    const row = filled(rowOf(first), factors, left, shuffled(names, random), random, allowed);
    rows.push(row);
    left = left.filter((pair) => !isIn(pair, row));
  }
}

/** The row with a level for each factor that it lacks. */
function filled<Row extends object>(
  begun: Partial<Row>,
  factors: Factors<Row>,
  left: readonly Pair<Row>[],
  names: readonly (keyof Row)[],
  random: () => number,
  allowed: (row: Partial<Row>) => boolean,
): Row {
  let row = begun;
  for (const name of names) {
    if (name in row) continue;
    const tried = shuffled(factors[name], random)
      .map((level) => ({ ...row, [name]: level }) as Partial<Row>)
      .filter(allowed)
      .map((next) => ({ next, gain: left.filter((pair) => isIn(pair, next)).length }));
    const best = tried.toSorted((a, b) => b.gain - a.gain)[0];
    if (best === undefined) throw new Error(`No level of ${String(name)} fits the row.`);
    row = best.next;
  }
  return row as Row;
}

function pairsOf<Row extends object>(
  factors: Factors<Row>,
  names: readonly (keyof Row)[],
): Pair<Row>[] {
  return names.flatMap((a, index) =>
    names
      .slice(index + 1)
      .flatMap((b) => factors[a].flatMap((x) => factors[b].map((y) => [a, x, b, y] as const))),
  );
}

function rowOf<Row extends object>([a, x, b, y]: Pair<Row>): Partial<Row> {
  return { [a]: x, [b]: y } as Partial<Row>;
}

function isIn<Row extends object>([a, x, b, y]: Pair<Row>, row: Partial<Row>): boolean {
  return row[a] === x && row[b] === y;
}

/** The same in another order (Fisher and Yates). */
export function shuffled<T>(things: readonly T[], random: () => number): T[] {
  const all = [...things];
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [all[last], all[other]] = [all[other] as T, all[last] as T];
  }
  return all;
}
