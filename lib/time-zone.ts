import { z } from "zod";
import { problemText } from "./settings.js";

/** A time zone by its name in the database of IANA. */
export const timeZone = z
  .string()
  .refine(isTimeZone, {
    error: problemText("is not a time zone", "write its name, such as UTC or Europe/Berlin"),
  })
  .meta({ title: "time zone" });

/** Node takes more: offsets, and names in any case, which the database of a container does not have. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/.test(name)) return false;
  try {
    const { timeZone: found } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    return found === name || found.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}
