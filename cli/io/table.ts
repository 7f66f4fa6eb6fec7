export { size } from "#lib/amounts";

/** Rows as lines with their columns aligned. */
export function table(rows: readonly (readonly string[])[], indent = "  "): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    `${indent}${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}

/** Returns the proof of a backup, for a person. */
export function proven(at: string | null): string {
  return at === null ? "not proven" : `proven ${at}`;
}
