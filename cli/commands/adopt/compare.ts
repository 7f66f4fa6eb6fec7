import { literal } from "#lib/sql-text";

/** Contents of a table: two that hold the same rows, in any order, have the same. */
export interface TableSum {
  readonly rows: number;
  /** Sum of the hashes of the rows. */
  readonly sum: string;
}

export type Sums = ReadonlyMap<string, TableSum>;

/** A table that does not hold the same on both sides; undefined: it is not there. */
export interface TableDifference {
  readonly table: string;
  readonly there: TableSum | undefined;
  readonly here: TableSum | undefined;
}

/**
 * SQL for psql that prints a line for each table: rows, the sum of their hashes, its name. Every value is written as
 * text, in the one way that both servers write it, and read at one point in time.
 */
export function sumsSql(tables: readonly string[]): string {
  return [
    ...settings.map((each) => `SET ${each};`),
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;",
    "SET LOCAL row_security = off;",
    ...tables.map(sumSql),
    "COMMIT;",
    "",
  ].join("\n");
}

/** By which a value is the same text on both servers, and the tables are read as quickly as can be. */
const settings = [
  "extra_float_digits = 1",
  "DateStyle = ISO",
  "IntervalStyle = postgres",
  "TimeZone = UTC",
  "bytea_output = hex",
  "lc_monetary = 'C'",
  "search_path = pg_catalog",
  "statement_timeout = 0",
  "max_parallel_workers_per_gather = 2",
] as const;

// Not the children: each partition, and each table that inherits, is one of its own.
function sumSql(table: string): string {
  return `SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0), ${literal(table)} FROM ONLY ${table} AS t;`;
}

/** Reads what `sumsSql` has printed. */
export function readSums(printed: string): Sums {
  const lines = printed.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [rows = "", sum = "", ...name] = line.split("|");
      return [name.join("|"), { rows: Number(rows), sum }] as const;
    }),
  );
}

/** Returns the tables that differ, in the order of their names. */
export function unequal(there: Sums, here: Sums): TableDifference[] {
  const names = [...new Set([...there.keys(), ...here.keys()])].sort();
  return names
    .map((table) => ({ table, there: there.get(table), here: here.get(table) }))
    .filter((each) => each.there?.rows !== each.here?.rows || each.there?.sum !== each.here?.sum);
}

/** Returns the differences as lines for a person. */
export function differenceText(differences: readonly TableDifference[]): string[] {
  const count = (of: TableSum | undefined) => (of === undefined ? "none" : String(of.rows));
  return differences.map(({ table, there, here }) => {
    const rows = `${count(there)} rows there, ${count(here)} here`;
    return `  ${table}  ${rows}${there?.rows === here?.rows ? ", with other contents" : ""}`;
  });
}

/** Number of rows of all tables. */
export function rowsIn(sums: Sums): number {
  return [...sums.values()].reduce((all, { rows }) => all + rows, 0);
}
