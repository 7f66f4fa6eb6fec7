import type { Settings } from "./settings.js";

/** The database's name in the server; where the settings don't say, `<app>_<environment>`. */
export function nameOfDatabase({
  app,
  database,
  environment,
}: Pick<Settings, "app" | "database" | "environment">): string {
  return database.name ?? `${app.name}_${environment}`;
}
