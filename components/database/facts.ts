import type { SectionFacts } from "#lib/section-facts";
import type { DatabaseSettings } from "./settings.js";

/** The secrets of an external database: its URL, and the certificates of its authority. */
export const databaseFacts: SectionFacts<DatabaseSettings> = {
  secretsNamed: ({ externalUrlSecret, caSecret }) => [
    ["database.externalUrlSecret", externalUrlSecret],
    ["database.caSecret", caSecret],
  ],
};
