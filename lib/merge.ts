/** A plain mapping, as YAML has it. */
export type Mapping = Record<string, unknown>;

/** True for a mapping: neither a list, nor a scalar, nor null. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A secret text in the settings, as a stack's file has it. The settings never hold the text itself: `secure` is its
 * ciphertext, or whatever else the secret is found by.
 */
export interface SealedText {
  readonly secure: string;
}

/** True for a value that Pulumi takes for a sealed one: a mapping of nothing but `secure`, a text. */
export function isSealed(value: unknown): value is SealedText {
  return isMapping(value) && Object.keys(value).length === 1 && typeof value["secure"] === "string";
}

/** `over` laid on `base`: mappings merge key by key, everything else replaces; what is sealed is no mapping. */
export function deepMerge(base: Mapping, over: Mapping): Mapping {
  const merged: Mapping = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = mergeable(below) && mergeable(value) ? deepMerge(below, value) : value;
  }
  return merged;
}

/** The same value with every mapping's keys in order, at every depth: engines hand a stack's settings over in different ones. */
export function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder);
  if (!isMapping(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, inKeyOrder(value[key])]));
}

function mergeable(value: unknown): value is Mapping {
  return isMapping(value) && !isSealed(value);
}
