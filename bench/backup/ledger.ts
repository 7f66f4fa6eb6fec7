/** Rows that were acknowledged to writers, by their number. */
export class Ledger {
  #begun = 0;
  #count = 0;
  readonly #committed = new Map<number, number>();

  /** A number that nothing was written under before. */
  next(): number {
    this.#begun += 1;
    return this.#begun;
  }

  /** The server said that it is committed. */
  acknowledge(number: number, at = Date.now()): void {
    this.#count += 1;
    this.#committed.set(number, at);
  }

  /** Number of rows that were acknowledged. */
  get count(): number {
    return this.#count;
  }

  /** Forgets lost rows, so that they are counted once. */
  forget(numbers: readonly number[]): void {
    for (const number of numbers) this.#committed.delete(number);
  }

  /** Those that were acknowledged and are not there. What is there without an answer was interrupted, and is no loss. */
  lost(present: ReadonlySet<number>): number[] {
    return [...this.#committed.keys()].filter((number) => !present.has(number));
  }

  /** Those that were acknowledged later than this, and when the first of them was, in milliseconds since the epoch. */
  since(at: number): { readonly numbers: readonly number[]; readonly oldest: number | undefined } {
    const later = [...this.#committed].filter(([, when]) => when > at);
    return { numbers: later.map(([number]) => number), oldest: later[0]?.[1] };
  }
}

/** Numbers as psql prints them, a line each. */
export function numbersIn(text: string): Set<number> {
  return new Set(text.split("\n").flatMap((line) => (line === "" ? [] : [Number(line)])));
}
