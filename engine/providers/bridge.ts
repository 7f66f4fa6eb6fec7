import { randomBytes } from "node:crypto";
import { EngineError } from "../errors.js";
import type { Diff, Existing } from "../provider.js";
import { equal, isProperties, reveal } from "../values.js";
import type { Properties, Value } from "../values.js";

/**
 * Treatment of an input by the real provider, which no SDK says and only its sources tell:
 * `replace` is its ForceNew, `update` all else.
 */
export interface Field {
  change: "replace" | "update";
  /** Order does not count, in it or in what it holds. */
  set?: true;
  /** The provider fills it in when it is left out, and keeps what it has. */
  computed?: true;
  /** Value that the bridge fills in when it is left out. */
  default?: Value;
  /** Defaults for the objects in it, or for the object that it is. */
  inner?: Properties;
}

/** A type's inputs. */
export type Schema = Record<string, Field>;

const autoNameHexDigits = 7;

/** Refuses inputs that are not in the schema, fills in defaults and the automatic name. */
export function checkBridged(
  inputs: Properties,
  old: Properties | undefined,
  name: string,
  type: string,
  schema: Schema,
): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(inputs)) {
    const field = schema[key];
    if (field === undefined) {
      if (key.startsWith("__")) continue;
      throw new EngineError(
        `${type} ${name}: the embedded engine does not know the input "${key}"; use the Pulumi CLI for it.`,
      );
    }
    if (value !== null) result[key] = withInner(value, field.inner);
  }
  const defaults = Object.entries(schema)
    .filter(([key, field]) => field.default !== undefined && result[key] === undefined)
    .map(([key, field]) => {
      result[key] = field.default ?? null;
      return key;
    });
  if (schema["name"] !== undefined && result["name"] === undefined) {
    result["name"] = autoName(name, old);
    defaults.push("name");
  }
  return { __defaults: defaults.sort(), ...result };
}

/** Compares checked inputs with those of the state, as the bridge does through its schema. */
export function diffBridged(
  existing: Existing,
  inputs: Properties,
  schema: Schema,
  alwaysDeleteFirst: boolean,
): Diff {
  const changed = Object.entries(schema)
    .filter(([key, field]) => differs(field, existing.inputs[key], inputs[key]))
    .map(([key]) => key);
  const replace = changed.filter((key) => schema[key]?.change === "replace");
  return {
    changed,
    replace,
    deleteBeforeReplace:
      alwaysDeleteFirst || keepsGivenName(existing.inputs["name"], inputs, schema),
  };
}

/** True where a value's own set-like comparison finds a difference. */
export function differs(field: Field, old: Value | undefined, wanted: Value | undefined): boolean {
  if (field.computed === true && (wanted === undefined || wanted === null)) return false;
  if (field.set !== true) return !equal(blankToNull(old), blankToNull(wanted));
  return !equal(canonical(old ?? null), canonical(wanted ?? null));
}

function autoName(name: string, old: Properties | undefined): Value {
  const defaults = old?.["__defaults"];
  if (Array.isArray(defaults) && defaults.includes("name")) return old?.["name"] ?? null;
  return `${name}-${randomBytes(autoNameHexDigits).toString("hex").slice(0, autoNameHexDigits)}`;
}

// Two things of one name cannot be: with a name that was given and stays, the old one goes first.
function keepsGivenName(old: Value | undefined, inputs: Properties, schema: Schema): boolean {
  if (schema["name"] === undefined) return false;
  const defaults = inputs["__defaults"];
  if (Array.isArray(defaults) && defaults.includes("name")) return false;
  return equal(old, inputs["name"]);
}

function withInner(value: Value, inner: Properties | undefined): Value {
  if (inner === undefined) return value;
  if (Array.isArray(value)) return value.map((element) => withInner(element, inner));
  return isProperties(value) ? { ...inner, ...value } : value;
}

// To the bridge a scalar that is left out and its zero are one.
function blankToNull(value: Value | undefined): Value {
  return value === undefined || value === "" || value === false || value === 0 ? null : value;
}

function canonical(value: Value): Value {
  if (Array.isArray(value)) {
    const elements = value.map((element) => canonical(element));
    return elements.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (!isProperties(value)) return reveal(value);
  const entries = Object.entries(value)
    .filter(([key, inner]) => !key.startsWith("__") && blankToNull(inner) !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}
