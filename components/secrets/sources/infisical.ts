import { askApi } from "./http.js";
import { inTurns } from "./in-turns.js";
import { SourceFailure, credential, type Adapter, type SourceContext } from "./source.js";
import type { SettingsOf } from "./settings.js";

const machine = "INFISICAL_UNIVERSAL_AUTH_CLIENT";

/** Infisical's API (`/api/v3/secrets/raw/<name>`): each name that is asked for, and no other. */
export const infisical: Adapter<SettingsOf<"infisical">> = async (settings, names, context) => {
  const token = await tokenFor(settings, context);
  const query = new URLSearchParams({
    workspaceId: settings.project,
    environment: settings.environment ?? context.stackEnvironment,
    secretPath: settings.path,
  });
  return inTurns(names, async (name) => {
    const answer = await askApi(
      {
        url: `${settings.url}/api/v3/secrets/raw/${name}?${query.toString()}`,
        headers: { Authorization: `Bearer ${token}` },
        credential: "INFISICAL_TOKEN",
      },
      context,
    );
    if (answer === undefined) return undefined;
    return (answer["secret"] as { readonly secretValue?: unknown } | undefined)?.secretValue;
  });
};

/** The token of the environment, or one for a machine identity. */
async function tokenFor(settings: SettingsOf<"infisical">, context: SourceContext) {
  const given = context.environment["INFISICAL_TOKEN"];
  const hasMachine = context.environment[`${machine}_ID`] !== undefined;
  if (given !== undefined || !hasMachine) {
    return credential(context, "INFISICAL_TOKEN", "a token of a machine identity");
  }
  const answer = await askApi(
    {
      url: `${settings.url}/api/v1/auth/universal-auth/login`,
      headers: {},
      body: {
        clientId: credential(context, `${machine}_ID`, "the identity's client ID"),
        clientSecret: credential(context, `${machine}_SECRET`, "its client secret"),
      },
      credential: `${machine}_SECRET`,
    },
    context,
  );
  const token = answer?.["accessToken"];
  if (typeof token === "string") return token;
  throw new SourceFailure("gives no token for the machine identity", "correct url");
}
