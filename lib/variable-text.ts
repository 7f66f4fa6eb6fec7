import { z } from "zod";

const scalar = z.union([z.string(), z.boolean(), z.int()]);

/**
 * The value of an environment variable: a text, or `true`, `false` or a whole number, which is taken as its text, since
 * `pulumi config set --path` writes them so. A fraction is refused: YAML reads `1.10` as 1.1.
 */
export const variableText = scalar.transform(String).meta({ title: "text" });

/** Whether a schema, without its transformation, is that of a variable's value. */
export function isVariableText(schema: unknown): boolean {
  return schema === scalar;
}
