import { inTurns } from "./in-turns.js";
import { SourceFailure, jsonObject, type Adapter } from "./source.js";
import type { SettingsOf } from "./settings.js";
import { askTool } from "./tool.js";

/** Google Secret Manager by the command `gcloud`, which has the credentials: the newest version of each name. */
export const gcp: Adapter<SettingsOf<"gcp">> = ({ project, prefix }, names, context) =>
  inTurns(names, async (name) => {
    const id = `${prefix}${name}`;
    const place = [`--secret=${id}`, `--project=${project}`, "--format=json", "--quiet"];
    const args = ["secrets", "versions", "access", "latest", ...place];
    const text = await askTool({ command: "gcloud", args }, context, (message) =>
      /NOT_FOUND/.test(message),
    );
    if (text === undefined) return undefined;
    const { payload } = jsonObject(text, "the answer of `gcloud`");
    const data = (payload as { readonly data?: unknown } | undefined)?.data;
    // A version that is empty has no data.
    if (data === undefined) return "";
    if (typeof data !== "string") throw new SourceFailure(`has no text in ${id}`, "store one");
    // Plain output would be re-encoded by the tool's own rules: this is the secret, byte by byte.
    return Buffer.from(data, "base64url").toString("utf8");
  });
