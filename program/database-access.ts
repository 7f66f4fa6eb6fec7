import type * as pulumi from "@pulumi/pulumi";
import type { DatabasePlace } from "#components/app/environment";
import type { Database } from "#components/database";
import type { Settings } from "#config";
import { databaseUrl, type DatabaseUrlStyle } from "#lib/database-url";

/** Returns the URL of a role. @param style of the URL; default: a plain one */
export function urlOf(
  { host, port, name }: DatabasePlace,
  role: "app" | "migrator",
  from: Database,
  style?: DatabaseUrlStyle,
): pulumi.Output<string> {
  const { user, password: secret } = from.logins[role];
  return secret.apply((password) =>
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
