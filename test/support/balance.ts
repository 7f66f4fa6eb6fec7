/**
 * Parts things into groups of about the same weight: the heaviest first, each to the lightest group.
 *
 * The same things give the same groups, in whatever order they come.
 * @param first weight that the first group has without them
 */
export function balanced<T extends { readonly moduleId: string }>(
  things: readonly T[],
  count: number,
  weight: (thing: T) => number,
  first = 0,
): T[][] {
  const groups = Array.from({ length: count }, (_, index) => ({
    things: [] as T[],
    weight: index === 0 ? first : 0,
  }));
  const heaviestFirst = [...things].sort(
    (a, b) => weight(b) - weight(a) || (a.moduleId < b.moduleId ? -1 : 1),
  );
  for (const each of heaviestFirst) {
    const [lightest] = [...groups].sort((a, b) => a.weight - b.weight);
    lightest?.things.push(each);
    if (lightest !== undefined) lightest.weight += weight(each);
  }
  return groups.map((group) => group.things);
}
