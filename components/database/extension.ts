import { z } from "zod";
import { problemText } from "#lib/settings";

/** The name of an extension. */
export const extension = z
  .string()
  .regex(
    /^[a-z][a-z0-9_-]*$/,
    problemText("is not an extension's name", "use lower-case letters, digits, _ and -"),
  );
