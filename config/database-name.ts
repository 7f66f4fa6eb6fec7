import { furtherOf, type Further } from "#components/database/more";
import type { Settings } from "./settings.js";

/** The database's name in the server; where the settings don't say, `<app>_<environment>`. */
export function nameOfDatabase({
  app,
  database,
  environment,
}: Pick<Settings, "app" | "database" | "environment">): string {
  return database.name ?? `${app.name}_${environment}`;
}

/** The further databases with their names in the server. */
export function furtherDatabases(
  settings: Pick<Settings, "app" | "database" | "environment">,
): Further[] {
  return furtherOf(settings.database.more, nameOfDatabase(settings));
}
