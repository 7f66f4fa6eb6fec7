import type { SectionFacts } from "#lib/section-facts";
import type { DatabaseSettings } from "./settings.js";

/** The secret with the URL of an external database. */
export const databaseFacts: SectionFacts<DatabaseSettings> = {
  secretsNamed: ({ externalUrlSecret }) => [["database.externalUrlSecret", externalUrlSecret]],
};
