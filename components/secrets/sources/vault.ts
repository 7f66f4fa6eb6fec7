import { askApi } from "./http.js";
import { SourceFailure, credential, pick, type Adapter, type SourceContext } from "./source.js";
import type { SettingsOf } from "./settings.js";

/** A secret of Vault's KV engine: `<mount>/data/<path>` of version 2, `<mount>/<path>` of version 1. */
export const vault: Adapter<SettingsOf<"vault">> = async (settings, names, context) => {
  const token = credential(context, "VAULT_TOKEN", "a token whose policy may read the secret");
  const namespace = settings.namespace ?? context.environment["VAULT_NAMESPACE"];
  const { mount, version, path } = settings;
  const parts = [mount, ...(version === 2 ? ["data"] : []), path].map(segments).join("/");
  const answer = await askApi(
    {
      url: `${addressOf(settings, context)}/v1/${parts}`,
      headers: {
        "X-Vault-Token": token,
        "X-Vault-Request": "true",
        ...(namespace === undefined ? {} : { "X-Vault-Namespace": namespace }),
      },
      credential: "VAULT_TOKEN",
    },
    context,
  );
  if (answer === undefined) {
    throw new SourceFailure(`has no secret ${mount}/${path}`, "correct mount, path or version");
  }
  return pick(values(answer["data"], version), names);
};

function addressOf(settings: SettingsOf<"vault">, context: SourceContext): string {
  if (settings.url !== undefined) return settings.url;
  return credential(context, "VAULT_ADDR", "the server's address").replace(/\/+$/, "");
}

function values(data: unknown, version: 1 | 2): Readonly<Record<string, unknown>> {
  const inner = version === 2 ? (data as { readonly data?: unknown } | undefined)?.data : data;
  if (typeof inner === "object" && inner !== null) return inner as Record<string, unknown>;
  throw new SourceFailure("answers without values", "correct version: the engine's is another one");
}

function segments(path: string): string {
  return path.split("/").filter(Boolean).map(encodeURIComponent).join("/");
}
