/** Those of a record's entries that are named; one that is not there is left out. */
export function picked<T>(
  record: Readonly<Record<string, T>>,
  names: readonly string[],
): Record<string, T> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = record[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
