import type { SectionFacts } from "#lib/section-facts";
import type { DatabaseSettings } from "./settings.js";

/** The secrets with the URL of an external database and its authority. */
export const databaseFacts: SectionFacts<DatabaseSettings> = {
  secretsNamed: ({ externalUrlSecret, caSecret }) => [
    ["database.externalUrlSecret", externalUrlSecret],
    ["database.caSecret", caSecret],
  ],
};
