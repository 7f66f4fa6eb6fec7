import type { SectionFacts } from "#lib/section-facts";
import { poolSizeOf } from "#workload/pool-size";
import type { DatabaseSettings } from "./settings.js";

interface Users {
  readonly app: { readonly poolSize: number; readonly replicas: number };
  readonly services: Readonly<
    Record<string, Parameters<typeof poolSizeOf>[0] & { readonly replicas: number }>
  >;
}

/** The secrets with the URLs of an external database and its authority. */
export const databaseFacts: SectionFacts<DatabaseSettings, Users> = {
  secretsNamed: ({ externalUrlSecret, backupUrlSecret, caSecret }) => [
    ["database.externalUrlSecret", externalUrlSecret],
    ["database.backupUrlSecret", backupUrlSecret],
    ["database.caSecret", caSecret],
  ],
  connections: ({ more }, { app, services }) => {
    const inherit = Object.values(services).filter(
      (each) => each.inherit && poolSizeOf(each, app) > 0,
    );
    const instances = inherit.reduce((sum, { replicas }) => sum + replicas, app.replicas);
    return Object.entries(more).map(([name, { poolSize: size }]) => ({
      path: `database.more.${name}`,
      size,
      instances,
      exclusive: false,
    }));
  },
};
