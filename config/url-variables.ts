import { furtherVariables } from "#components/database/more";
import { redisVariables } from "#components/redis/settings";
import type { Settings } from "./settings.js";

/** Variables that pass URLs of the stack's own servers to the app, besides its database's, with the setting of each. */
export function urlVariables({
  database,
  redis,
}: Pick<Settings, "database" | "redis">): [setting: string, variable: string][] {
  return [...redisVariables(redis), ...furtherVariables(database.more)];
}
