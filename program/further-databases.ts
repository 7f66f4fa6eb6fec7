import type * as pulumi from "@pulumi/pulumi";
import { Database } from "#components/database";
import type { Further } from "#components/database/more";
import { roleInServer } from "#components/database/role-names";
import type { Postgres } from "#components/postgres";
import { furtherDatabases, nameOfDatabase, rolesOf, type Settings } from "#config";
import { styleOf, urlOf } from "./database-access.js";
import type { Shared } from "./shared.js";

/** URLs of further databases, by variable. */
export type FurtherUrls = Readonly<Record<string, pulumi.Output<string>>>;

/** A further database, with what the settings say of it. */
export interface FurtherDatabase extends Further {
  readonly database: Database;
}

/** Makes the further databases one after another: they grant roles of the first to each. */
export function furtherIn(shared: Shared, postgres: Postgres, first: Database): FurtherDatabase[] {
  const { name, settings, platform, opts } = shared;
  const main = nameOfDatabase(settings);
  let last = first;
  return furtherDatabases(settings).map((of) => {
    const args = {
      database: of.name,
      extensions: of.extensions,
      roles: rolesOf(settings, of.ownsSchema),
      logins: of.logins,
      serverContainer: postgres.containerName,
      provider: postgres.provider,
      further: { key: of.key, dumpedBy: roleInServer(main, "backup") },
    };
    const own = { ...opts, dependsOn: last };
    last = new Database(`${name}-database-${of.key}`, args, platform, own);
    return { ...of, database: last };
  });
}

/** Returns the URLs of a role. */
export function furtherUrls(
  settings: Settings,
  { host }: Postgres,
  further: readonly FurtherDatabase[],
  role: "app" | "migrator",
): FurtherUrls {
  const urls = further.map(({ name, variable, database }) => {
    const place = { host, port: 5432, name };
    return [variable, urlOf(place, role, database, styleOf(settings))] as const;
  });
  return Object.fromEntries(urls);
}
