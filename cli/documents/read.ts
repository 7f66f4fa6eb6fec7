import { z } from "zod";
import { Failure, messageOf } from "../io/failure.js";

/**
 * The document that a script in one of our images has printed. What the schema does not name stays in it.
 * @param what of whom it is, for a person: `the list of backups`
 * @throws Failure where it is another one than the schema says
 */
export function readDocument<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  what: string,
): z.infer<Schema> {
  const value = parsed(text, what);
  const checked = schema.safeParse(value);
  if (checked.success) return value as z.infer<Schema>;
  const [{ path, message } = { path: [], message: "" }] = checked.error.issues;
  const place = path.length === 0 ? "" : `${path.map(String).join(".")}: `;
  throw new Failure(`${what}: ${place}${message}; ${remedy}`);
}

/** Returns the error that a script has printed as `{"error": …}`; undefined where it has not. */
export function errorIn(text: string): string | undefined {
  try {
    return failed.parse(JSON.parse(text)).error;
  } catch {
    return undefined;
  }
}

const failed = z.object({ error: z.string() });

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(`${what}: is no JSON (${messageOf(error)}); ${remedy}`);
  }
}

const remedy = "the container is of another version of Keelson: run keelson up";
