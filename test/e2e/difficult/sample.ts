// The order in which rows are tried.
import { expectationOf, type Row } from "./settings.js";

const results = ["live", "failed", "rolled-back"] as const;

/** The rows so that each three of them have, as long as there are some, one of each result. */
export function inTurn(rows: readonly Row[]): Row[] {
  const by = results.map((result) => rows.filter((row) => expectationOf(row).result === result));
  const rounds = Math.max(...by.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => by.map((some) => some[round]))
    .flat()
    .filter((row) => row !== undefined);
}
