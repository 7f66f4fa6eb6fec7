import { z } from "zod";
import { isSealable, textOf } from "./sealed.js";

/** The schema, and those of each step of the path, as far as it goes. */
export function schemasAlong(schema: z.ZodType, path: readonly PropertyKey[]): unknown[] {
  const along: unknown[] = [unwrap(schema)];
  for (const part of path) along.push(unwrap(schemaUnder(along.at(-1), part)));
  return along;
}

/** Names of the settings that a schema has at a path; empty where it has none, or takes any name. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = schemasAlong(schema, path).at(-1);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** True where the last part of a path is a name that a person chose. */
export function isUnderOwnName(schema: z.ZodType, path: readonly PropertyKey[]): boolean {
  return schemasAlong(schema, path.slice(0, -1)).some((each) => each instanceof z.ZodRecord);
}

/** The schema at a path without what makes it optional, and without the seal that a text may have. */
export function plainSchemaAt(schema: z.ZodType, path: readonly PropertyKey[]): unknown {
  const inner = schemasAlong(schema, path).at(-1);
  return isSealable(inner) ? unwrap(textOf(inner)) : inner;
}

/** Paths of all settings that may be sealed, in the schema's order: `app.env.NAME`, `list[]`. */
export function sealablePaths(schema: unknown, path = ""): string[] {
  const inner = unwrap(schema);
  if (isSealable(inner)) return [path];
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape as Record<string, unknown>).flatMap(([key, each]) =>
      sealablePaths(each, path === "" ? key : `${path}.${key}`),
    );
  }
  if (inner instanceof z.ZodRecord) return sealablePaths(inner.valueType, `${path}.NAME`);
  return inner instanceof z.ZodArray ? sealablePaths(inner.element, `${path}[]`) : [];
}

function schemaUnder(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<PropertyKey, unknown>)[part];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  // One thing or a list of them: the list's.
  if (schema instanceof z.ZodUnion && typeof part === "number") {
    const under = schema.options.map((each) => schemaUnder(unwrap(each), part));
    return under.find((each) => each !== undefined);
  }
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrap(schema.unwrap());
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}
