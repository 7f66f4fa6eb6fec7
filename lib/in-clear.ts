import { z } from "zod";

/** The reason why no secret can be in a setting, and the place for one. */
export interface InClear {
  /** The reason why the text is public, as in `is sealed, but <why>`. */
  readonly why: string;
  /** The way out. */
  readonly instead: string;
}

const reasons = z.registry<InClear>();

/**
 * A text that becomes public by its nature, so that none may be sealed. What is said of it is said where a person seals
 * one all the same: without a reason of its own, a setting is refused with the list of those that may be sealed.
 */
export function inClear<S extends z.ZodType>(schema: S, why: string, instead: string): S {
  // A schema that others share keeps none.
  const own = schema.clone();
  reasons.add(own, { why, instead });
  return own;
}

/** Returns the reason why a setting with this schema can't be sealed; undefined where the schema names none. */
export function whyInClear(schema: unknown): InClear | undefined {
  return schema instanceof z.ZodType ? reasons.get(schema) : undefined;
}

/** Of what is sent to clients. */
export const toEveryClient = [
  "every client gets it",
  "write it in clear; what only the app may know is a variable of app.env",
] as const;
