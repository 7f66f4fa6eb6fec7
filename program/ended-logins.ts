import type * as pulumi from "@pulumi/pulumi";
import { EndedLogins, endedRoles } from "#components/database/ended-logins";
import type { Postgres } from "#components/postgres";
import { databasesWithLogins } from "#config";
import type { Part, Shared } from "./shared.js";

/** Returns the end of the logins that have been rotated away, once all that is to have others has them. */
export function endedLoginsOf(
  { name, settings, platform, opts }: Shared,
  postgres: Postgres,
  after: readonly pulumi.Resource[],
): Part {
  const databases = databasesWithLogins(settings)
    .filter(({ logins }) => endedRoles(logins).length > 0)
    .map(({ resource, ...of }) => ({ ...of, name: `${name}-${resource}` }));
  if (databases.length === 0) return { resources: [] };
  const args = { serverContainer: postgres.containerName, databases };
  const ended = new EndedLogins(`${name}-ended-logins`, args, platform, {
    ...opts,
    dependsOn: [...after],
  });
  return { resources: [ended] };
}
