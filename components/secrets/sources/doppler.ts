import { askApi } from "./http.js";
import { SourceFailure, credential, pick, type Adapter } from "./source.js";
import type { SettingsOf } from "./settings.js";

const ownConfig = "DOPPLER_CONFIG";

/** Doppler's API (`/v3/configs/config/secrets/download`): the names that are asked for, references resolved. */
export const doppler: Adapter<SettingsOf<"doppler">> = async (settings, names, context) => {
  const token = credential(context, "DOPPLER_TOKEN", "a service token of the config");
  const query = new URLSearchParams({ format: "json", secrets: [...names, ownConfig].join(",") });
  if (settings.project !== undefined) query.set("project", settings.project);
  if (settings.config !== undefined) query.set("config", settings.config);
  const answer = await askApi(
    {
      url: `${settings.url}/v3/configs/config/secrets/download?${query.toString()}`,
      headers: { Authorization: `Bearer ${token}` },
      credential: "DOPPLER_TOKEN",
    },
    context,
  );
  if (answer === undefined) {
    throw new SourceFailure("has no such project or config", "correct project and config");
  }
  requireConfig(settings, answer[ownConfig], context.stackEnvironment);
  return pick(answer, names);
};

/** A token of prod's config in a preview, or the other way round, is a slip that nothing else shows. */
function requireConfig(
  { config, project }: SettingsOf<"doppler">,
  found: unknown,
  environment: string,
): void {
  if (config !== undefined && (found === undefined || found === config)) return;
  const expected = config ?? environment;
  if (found === expected) return;
  if (typeof found !== "string") {
    throw new SourceFailure("does not say which config it is", "name it: config");
  }
  const wanted =
    config === undefined
      ? `the environment of this stack is ${environment}`
      : `${config} is wanted`;
  const place = project === undefined ? "" : ` of ${project}`;
  throw new SourceFailure(
    `is the config ${found}${place}, and ${wanted}`,
    `take a token of ${expected}, or name the config: config: ${found}`,
  );
}
