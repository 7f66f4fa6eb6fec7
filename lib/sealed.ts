import { z } from "zod";
import { isMapping, isSealed, type SealedText } from "./merge.js";

export type { SealedText } from "./merge.js";

export { isSealed };

/** Returns the text of a sealed setting, by its `secure`; undefined where it is a release's record that keeps it. */
export type SealedSource = (secure: string) => string | undefined;

/** A sealed text as the record of a release keeps it: under the stack's own key, not the configuration's. */
export interface KeptText {
  readonly sealed: string;
}

/** A text that the configuration states, or that it seals. */
export type MaybeSecret = string | SealedText;

const sealedText = z.strictObject({
  secure: z.string().describe("Ciphertext; `pulumi config set --secret --path` writes it."),
});

/** A text that a person may seal: `pulumi config set --secret --path`. Nothing else in the settings may be sealed. */
export function maybeSecret<S extends z.ZodType<string>>(text: S) {
  return z.union([text, sealedText]).meta({ title: `${titleOf(text)}, may be sealed` });
}

/** True for the schema of a text that may be sealed. */
export function isSealable(schema: unknown): schema is z.ZodUnion<[z.ZodType, z.ZodType]> {
  return schema instanceof z.ZodUnion && schema.options.at(-1) === sealedText;
}

/** The schema that the text has to fulfil, sealed or not. */
export function textOf(schema: z.ZodUnion<[z.ZodType, z.ZodType]>): z.ZodType {
  return schema.options[0];
}

/** Every sealed text in a value, with its path. */
export function sealedIn(
  value: unknown,
  path: readonly PropertyKey[] = [],
): { readonly path: readonly PropertyKey[]; readonly sealed: SealedText }[] {
  if (isSealed(value)) return [{ path, sealed: value }];
  if (Array.isArray(value)) return value.flatMap((each, index) => sealedIn(each, [...path, index]));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => sealedIn(each, [...path, key]));
}

/** The value with something else in the place of each sealed text. */
export function replaceSealed(value: unknown, by: (sealed: SealedText) => unknown): unknown {
  return replaceWhere(value, (each) => (isSealed(each) ? { by: by(each) } : undefined));
}

/** True for a sealed text as a record keeps it. */
export function isKept(value: unknown): value is KeptText {
  return isMapping(value) && Object.keys(value).length === 1 && typeof value["sealed"] === "string";
}

/** Settings of a record as settings: what it keeps sealed is found by itself. */
export function fromRecord(value: unknown): unknown {
  return replaceWhere(value, (each) =>
    isKept(each) ? { by: { secure: each.sealed } } : undefined,
  );
}

function replaceWhere(
  value: unknown,
  found: (value: unknown) => { readonly by: unknown } | undefined,
): unknown {
  const replaced = found(value);
  if (replaced !== undefined) return replaced.by;
  if (Array.isArray(value)) return value.map((each) => replaceWhere(each, found));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, replaceWhere(each, found)]),
  );
}

function titleOf(schema: z.ZodType): string {
  return schema.meta()?.title ?? "text";
}
