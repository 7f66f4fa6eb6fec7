import { equal, isProperties, keysOf, Secret, without } from "./values.js";
import type { Properties, Value } from "./values.js";

/** A property path, one name or index a segment; `*` stands for any. */
export type Path = string[];

/** Reads `a.b[0].c`, `a["b"]`, `a[*]`, `*`. */
export function parsePath(text: string): Path {
  return [...text.matchAll(/\["([^"]*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted ?? index ?? name ?? "",
  );
}

/** True where the pattern names the path or something that holds it. */
export function covers(pattern: Path, path: Path): boolean {
  return (
    pattern.length <= path.length &&
    pattern.every((segment, index) => segment === "*" || segment === path[index])
  );
}

/** The deepest places in which two values differ. */
export function differences(left: Value | undefined, right: Value | undefined): Path[] {
  if (equal(left, right)) return [];
  const a = left instanceof Secret ? left.value : left;
  const b = right instanceof Secret ? right.value : right;
  if (isProperties(a) && isProperties(b)) return inside(keysOf(a, b), a, b);
  if (Array.isArray(a) && Array.isArray(b)) {
    const indexes = Array.from({ length: Math.max(a.length, b.length) }, (_, index) => `${index}`);
    return inside(indexes, Object.fromEntries(a.entries()), Object.fromEntries(b.entries()));
  }
  return [[]];
}

/** New inputs with the old values wherever a path is ignored. */
export function ignoring(inputs: Properties, old: Properties, paths: string[]): Properties {
  return paths
    .map(parsePath)
    .reduce((result, path) => (replaced(result, old, path) ?? {}) as Properties, inputs);
}

function inside(keys: string[], a: Properties, b: Properties): Path[] {
  return keys.flatMap((key) => differences(a[key], b[key]).map((path) => [key, ...path]));
}

function replaced(value: Value | undefined, old: Value | undefined, path: Path): Value | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return old;
  const current = value instanceof Secret ? value.value : value;
  const before = old instanceof Secret ? old.value : old;
  if (Array.isArray(current) && Array.isArray(before))
    return current.map((element, index) =>
      first === "*" || first === `${index}`
        ? (replaced(element, before[index], rest) ?? null)
        : element,
    );
  if (!isProperties(current)) return value;
  return replacedKeys(current, isProperties(before) ? before : {}, first, rest);
}

function replacedKeys(value: Properties, old: Properties, first: string, rest: Path): Properties {
  const keys = first === "*" ? keysOf(value, old) : [first];
  let result = value;
  for (const key of keys) {
    const kept = replaced(value[key], old[key], rest);
    result = kept === undefined ? without(result, key) : { ...result, [key]: kept };
  }
  return result;
}
