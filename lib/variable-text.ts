import { z } from "zod";

const flag = z.boolean();

/**
 * The value of an environment variable as settings have it: a text, or `true`, `false` or a whole number, since
 * `pulumi config set --path` writes them so. A fraction is refused: YAML reads `1.10` as 1.1.
 */
export const variableScalar = z.union([z.string(), flag, z.int()]);

/** The value of an environment variable, taken as its text. */
export function variableText(scalar = variableScalar) {
  return scalar.transform(String).meta({ title: "text" });
}

/** True where a schema, without its transformation, is that of a variable's value. */
export function isVariableText(schema: unknown): boolean {
  return schema instanceof z.ZodUnion && schema.options.includes(flag);
}
