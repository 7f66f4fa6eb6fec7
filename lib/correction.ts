/** Returns the advice about an unknown name: the one that was probably meant, or the ones that exist. */
export function correction(key: string, known: readonly string[]): string {
  const near = known.find((each) => distance(each.toLowerCase(), key.toLowerCase()) <= 2);
  if (near !== undefined) return `did you mean "${near}"?`;
  return known.length === 0 ? "remove it" : `remove it or use one of ${known.join(", ")}`;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
