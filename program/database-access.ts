import type * as pulumi from "@pulumi/pulumi";
import type { DatabasePlace } from "#components/app/environment";
import type { Database } from "#components/database";
import { roleInServer } from "#components/database/roles";
import type { Settings } from "#config";
import { databaseUrl, type DatabaseUrlStyle } from "#lib/database-url";
import { seconds } from "#lib/duration";

/** Returns the longest wait of the migrator for a lock, as PostgreSQL writes it; 0 is for ever. */
export function lockTimeoutOf({ app }: Pick<Settings, "app">): string {
  const timeout = app.migrate === undefined ? "5s" : app.migrate.lockTimeout;
  return timeout === null ? "0" : `${String(seconds(timeout))}s`;
}

/** Returns the URL of a role. @param style of the URL; default: a plain one */
export function urlOf(
  { host, port, name }: DatabasePlace,
  role: "app" | "migrator",
  from: Database,
  style?: DatabaseUrlStyle,
): pulumi.Output<string> {
  const user = roleInServer(name, role);
  return from.passwords[role].apply((password) =>
    databaseUrl({ user, password, host, port, database: name }, style),
  );
}

/** Returns the style in which the app takes URLs. */
export function styleOf({ app }: Pick<Settings, "app">): DatabaseUrlStyle {
  return {
    form: app.databaseUrlForm,
    scheme: app.databaseUrlScheme,
    parameters: app.databaseUrlParameters,
  };
}
