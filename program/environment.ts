import type * as pulumi from "@pulumi/pulumi";
import { plainEnvironment, type DatabasePlace } from "#components/app/environment";
import type { AppSettings } from "#components/app/settings";
import { filledIn } from "#config/placeholders";
import { plainVariables } from "./access.js";
import type { Shared } from "./shared.js";

/** Variables without secrets of the app, or of what has its image: by name, with what is known once there are networks. */
export function environmentWith(
  shared: Pick<Shared, "settings" | "deployed" | "facts" | "network" | "secrets">,
  app: AppSettings,
  database: Partial<DatabasePlace> | undefined,
): Record<string, pulumi.Input<string>> {
  const { settings, deployed, facts, network } = shared;
  const { trustedProxies } = app.variables;
  const named = { ...app, env: filledIn(app.env, facts) };
  return {
    ...plainVariables(shared, app.secrets),
    ...plainEnvironment(named, settings.environment, deployed, database),
    ...(trustedProxies === null ? {} : { [trustedProxies]: network.edgeRanges }),
  };
}
