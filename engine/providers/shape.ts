import { isProperties } from "../values.js";
import type { Properties, Value } from "../values.js";

/** The inputs' list of labels as Docker's map. */
export function labelMap(labels: Value | undefined): Record<string, string> {
  const entries = objects(labels).map(({ label, value }) => [text(label), text(value)] as const);
  return Object.fromEntries(entries);
}

/** Docker's map of labels as the outputs' list. */
export function labelList(labels: Record<string, string> | null | undefined): Properties[] {
  return Object.entries(labels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => ({ label, value }));
}

/** The objects of a list. */
export function objects(value: Value | undefined): Properties[] {
  return Array.isArray(value) ? value.filter((element) => isProperties(element)) : [];
}

/** The texts of a list. */
export function texts(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.map((element) => text(element)) : [];
}

/** A value as text, nothing as the empty one. */
export function text(value: Value | undefined): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** An object's values as texts. */
export function textMap(value: Value | undefined): Record<string, string> {
  const entries = isProperties(value) ? Object.entries(value) : [];
  return Object.fromEntries(entries.map(([key, inner]) => [key, text(inner)]));
}
