import { z } from "zod";
import { durationUpTo } from "#lib/duration";
import { inClear } from "#lib/in-clear";
import { problemText } from "#lib/settings";

/** Nothing is opened before the sources are asked. */
function place<S extends z.ZodType>(schema: S): S {
  return inClear(
    schema,
    "it says where secrets are, which is asked before anything is opened",
    "write it in clear; the credential of a source is a variable of the environment, such as DOPPLER_TOKEN",
  );
}

const text = place(z.string().min(1));
const url = z
  .url({ protocol: /^https?$/, error: problemText("is no URL", "write https://host") })
  .transform((given) => given.replace(/\/+$/, ""));
const timeout = durationUpTo("10m")
  .default("30s")
  .describe("Time limit of the whole answer, waits for a rate limit included.");

const environment = z.strictObject({});

const doppler = z.strictObject({
  project: text.optional().describe("Project; default: that of the service token."),
  config: text
    .optional()
    .describe(
      "Config. Without it the token's own config has to be called as the stack's `environment`.",
    ),
  url: url.default("https://api.doppler.com").describe("Address of the API."),
  timeout,
});

const sops = z.strictObject({
  file: text.describe("Encrypted file (YAML, JSON, dotenv), from the project's folder."),
  format: z
    .enum(["yaml", "json", "dotenv", "ini"])
    .optional()
    .describe(
      "Format of the file; default: by its extension, which sops can't tell of `.env.enc`.",
    ),
  ageKeyFile: text
    .optional()
    .describe("File with the age key, from the project's folder; default: as sops finds it."),
  timeout,
});

const onePassword = z.strictObject({
  vault: text.describe("Name or ID of the vault."),
  item: text.describe("Name or ID of the item; its fields have the names of the secrets."),
  account: text.optional().describe("Account; default: that of the token or of the sign-in."),
  timeout,
});

const vault = z.strictObject({
  url: url.optional().describe("Address of the server; default: `VAULT_ADDR`."),
  mount: text.default("secret").describe("Path of the KV engine."),
  path: text.describe("Path of the secret in the engine; its keys are the names of the secrets."),
  version: z.literal([1, 2]).default(2).describe("Version of the KV engine: 1 or 2."),
  namespace: text.optional().describe("Namespace; default: `VAULT_NAMESPACE`."),
  timeout,
});

const infisical = z.strictObject({
  project: text.describe("ID of the project."),
  environment: text
    .optional()
    .describe("Slug of the environment; default: the stack's `environment`."),
  path: text.default("/").describe("Folder of the secrets."),
  url: url.default("https://app.infisical.com").describe("Address of the API."),
  timeout,
});

const aws = z.strictObject({
  secret: text
    .optional()
    .describe("Name or ARN of one secret whose text is a JSON object of names and values."),
  prefix: place(z.string())
    .optional()
    .describe("In place of `secret`: each is a secret of its own, called by this and its name."),
  region: text.optional().describe("Region; default: that of the AWS command."),
  profile: text.optional().describe("Profile of the AWS command."),
  timeout,
});

const gcp = z.strictObject({
  project: text.describe("ID of the project."),
  prefix: place(z.string()).default("").describe("What the names of the secrets begin with there."),
  timeout,
});

const command = z.strictObject({
  command: z
    .array(place(z.string()))
    .min(1)
    .describe(
      "Command that prints names and values, one list item per argument; run in the project's folder, with the names in `KEELSON_SECRET_NAMES`, comma-separated.",
    ),
  format: z
    .enum(["json", "dotenv"])
    .default("json")
    .describe("What it prints: one JSON object, or lines of NAME=value."),
  timeout,
});

const source = z
  .strictObject({
    environment: environment
      .optional()
      .describe("`{}`: the environment of the command; `.env` fills its gaps outside `prod`."),
    doppler: doppler.optional().describe("Doppler, with `DOPPLER_TOKEN`."),
    sops: sops.optional().describe("A file that sops opens."),
    onePassword: onePassword
      .optional()
      .describe("1Password, by its command `op`, with `OP_SERVICE_ACCOUNT_TOKEN` or a sign-in."),
    vault: vault.optional().describe("The KV engine of HashiCorp Vault, with `VAULT_TOKEN`."),
    infisical: infisical
      .optional()
      .describe(
        "Infisical, with `INFISICAL_TOKEN`, or `INFISICAL_UNIVERSAL_AUTH_CLIENT_ID` and `…_CLIENT_SECRET`.",
      ),
    aws: aws.optional().describe("AWS Secrets Manager, by the command `aws`."),
    gcp: gcp.optional().describe("Google Secret Manager, by the command `gcloud`."),
    command: command.optional().describe("Any command."),
  })
  .superRefine((given, context) => {
    const kinds = Object.keys(given);
    if (kinds.length !== 1) {
      const wrong = kinds.length === 0 ? "names no source" : `names ${kinds.join(" and ")} at once`;
      const advice = "give each source an entry of its own, such as - doppler: {}";
      context.addIssue({ code: "custom", message: problemText(wrong, advice) });
    }
    if (
      given.aws !== undefined &&
      (given.aws.secret === undefined) === (given.aws.prefix === undefined)
    ) {
      const message = problemText("has not exactly one of secret and prefix", "set one of them");
      context.addIssue({ code: "custom", path: ["aws"], message });
    }
  });

/** Sources of the secrets that are not generated or sealed, in order. */
export const secretSourcesSettings = z
  .array(source)
  .min(1)
  .default([{ environment: {} }])
  .describe(
    "Sources of the secrets that are neither generated nor sealed, one kind an entry: the first that has a name gives its value.",
  );
export type SecretSourcesSettings = z.output<typeof secretSourcesSettings>;
export type SourceSettings = SecretSourcesSettings[number];

/** A kind of source, and its settings. */
export type SettingsOf<Kind extends keyof SourceSettings> = NonNullable<SourceSettings[Kind]>;
