import { z } from "zod";
import { sqlIdentifier } from "#lib/identifiers";
import { saying } from "#lib/settings";

const extension = z
  .string()
  .regex(
    /^[a-z][a-z0-9_-]*$/,
    saying("is not an extension's name", "use lower-case letters, digits, _ and -"),
  );

/** The database of a stack. */
export const databaseSettings = z.strictObject({
  name: sqlIdentifier.optional().describe("Its name; default: `<app>_<environment>`."),
  extensions: z
    .array(extension)
    .default([])
    .describe("Extensions to create in it, such as `pg_trgm`."),
  externalUrlSecret: z
    .string()
    .optional()
    .describe(
      "Name of a secret with the URL of a database that somebody else runs: no Postgres and no backups of ours then.",
    ),
});
export type DatabaseSettings = z.output<typeof databaseSettings>;
