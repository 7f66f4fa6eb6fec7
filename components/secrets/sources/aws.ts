import { inTurns } from "./in-turns.js";
import { SourceFailure, jsonObject, pick, type Adapter, type SourceContext } from "./source.js";
import type { SettingsOf } from "./settings.js";
import { askTool } from "./tool.js";

/** AWS Secrets Manager by the command `aws`, which has the credentials: one secret with a JSON object, or one a name. */
export const aws: Adapter<SettingsOf<"aws">> = async (settings, names, context) => {
  const { secret, prefix = "" } = settings;
  if (secret === undefined)
    return inTurns(names, (name) => secretText(settings, `${prefix}${name}`, context));
  const text = await secretText(settings, secret, context);
  if (text === undefined) throw new SourceFailure(`has no secret ${secret}`, "correct secret");
  const advice = "store a JSON object of names and values, or take prefix for one secret a name";
  return pick(jsonObject(text, `the secret ${secret}`, advice), names);
};

async function secretText(
  { region, profile }: SettingsOf<"aws">,
  id: string,
  context: SourceContext,
): Promise<string | undefined> {
  const place = Object.entries({ region, profile }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  const question = ["secretsmanager", "get-secret-value", "--secret-id", id, "--output", "json"];
  const args = [...question, ...place];
  const answer = await askTool({ command: "aws", args }, context, (message) =>
    message.includes("ResourceNotFoundException"),
  );
  if (answer === undefined) return undefined;
  const { SecretString: text } = jsonObject(answer, "the answer of `aws`");
  if (typeof text === "string") return text;
  throw new SourceFailure(`has bytes in ${id}, and no text`, "store it as a text");
}
