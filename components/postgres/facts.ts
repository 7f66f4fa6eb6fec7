import type { SectionFacts } from "#lib/section-facts";
import type { PostgresSettings } from "./settings.js";

interface Database {
  readonly database: { readonly externalUrlSecret?: string | undefined };
}

/** The administration port of the server; an external database has none here. */
export const postgresFacts: SectionFacts<PostgresSettings, Database> = {
  published: ({ adminPort }, { database }) =>
    database.externalUrlSecret === undefined
      ? [{ setting: "postgres.adminPort", address: "127.0.0.1", port: adminPort }]
      : [],
};
