import type { SectionFacts } from "#lib/section-facts";
import type { DatabaseSettings } from "./settings.js";

/** The secrets with the URLs of an external database and its authority. */
export const databaseFacts: SectionFacts<DatabaseSettings> = {
  secretsNamed: ({ externalUrlSecret, backupUrlSecret, caSecret }) => [
    ["database.externalUrlSecret", externalUrlSecret],
    ["database.backupUrlSecret", backupUrlSecret],
    ["database.caSecret", caSecret],
  ],
};
