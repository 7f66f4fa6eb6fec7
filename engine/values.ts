/** A value that is sealed in the state and masked in what is printed. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

/** A value that a preview cannot know yet. */
export class Unknown {
  readonly isUnknown = true;
}

/** A resource handed over as a value: the program passed the resource itself, not one of its outputs. */
export class Reference {
  readonly urn: string;
  readonly id: Value | undefined;
  readonly packageVersion: string | undefined;
  constructor(urn: string, id: Value | undefined, packageVersion: string | undefined) {
    this.urn = urn;
    this.id = id;
    this.packageVersion = packageVersion;
  }
}

/** Everything a resource's input or output can be. */
export type Value =
  null | boolean | number | string | Value[] | Properties | Secret | Unknown | Reference;

/** Inputs or outputs of a resource, by name. */
export interface Properties {
  [key: string]: Value;
}

/** The one unknown value. */
export const unknown = new Unknown();

/** True for a plain object: neither a list nor one of the marked kinds above. */
export function isProperties(value: Value | undefined): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown) &&
    !(value instanceof Reference)
  );
}

/** True where `test` holds for the value or for anything inside it. */
export function some(value: Value | undefined, test: (value: Value) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (value instanceof Secret) return some(value.value, test);
  if (Array.isArray(value)) return value.some((element) => some(element, test));
  if (isProperties(value)) return Object.values(value).some((element) => some(element, test));
  return false;
}

/** True where a secret is in the value. */
export function hasSecret(value: Value | undefined): boolean {
  return some(value, (inner) => inner instanceof Secret);
}

/** True where something in the value is not known yet. */
export function hasUnknown(value: Value | undefined): boolean {
  return some(value, (inner) => inner instanceof Unknown);
}

/** The value without its secret marks: what a provider works with. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (isProperties(value)) return revealAll(value);
  return value;
}

/** `reveal` for every property. */
export function revealAll(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, reveal(value)]));
}

/** The value as one secret, whether it held secrets before or not. */
export function seal(value: Value): Secret {
  return value instanceof Secret ? value : new Secret(reveal(value));
}

/**
 * True where two values are the same to a user: secret marks, provider book-keeping (`__defaults`) and
 * the difference between absent, null and empty do not count. Unknown equals nothing.
 */
export function equal(left: Value | undefined, right: Value | undefined): boolean {
  const a = left instanceof Secret ? left.value : left;
  const b = right instanceof Secret ? right.value : right;
  if (a instanceof Secret || b instanceof Secret) return equal(a, b);
  if (a instanceof Unknown || b instanceof Unknown) return false;
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((element, index) => equal(element, b[index]));
  if (a instanceof Reference && b instanceof Reference) return a.urn === b.urn;
  if (isProperties(a) && isProperties(b)) return keysOf(a, b).every((key) => equal(a[key], b[key]));
  return a === b;
}

/** The user's own keys of both objects. */
export function keysOf(a: Properties, b: Properties): string[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].filter((key) => !key.startsWith("__"));
}

function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isProperties(value) && Object.keys(value).every((key) => key.startsWith("__"));
}

/** The object without one of its keys. */
export function without<T extends object, K extends string>(object: T, key: K): Omit<T, K> {
  return Object.fromEntries(Object.entries(object).filter(([other]) => other !== key)) as Omit<
    T,
    K
  >;
}
