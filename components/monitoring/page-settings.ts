import { z } from "zod";
import { addressRange, pathBeginning, secretName } from "#lib/identifiers";

/** Settings of the status page that a stack serves. */
export const pageSettings = z.strictObject({
  path: pathBeginning.describe("Path of the page, such as `/status`, at every domain."),
  passwordSecret: secretName
    .optional()
    .describe(
      "Name of a secret with the password that the page is shown for, by HTTP Basic with any user name.",
    ),
  allow: z
    .array(addressRange)
    .min(1)
    .optional()
    .describe("Addresses that the page is shown to; everybody else gets 404."),
  public: z
    .literal(true)
    .optional()
    .describe("Shown to everybody, with whether the site is up, and its outages, alone."),
});
export type StatusPageSettings = z.output<typeof pageSettings>;

/** The path without a slash at its end. */
export function pagePath({ path }: Pick<StatusPageSettings, "path">): string {
  return path.replace(/\/$/, "");
}
