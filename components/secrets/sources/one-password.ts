import { SourceFailure, jsonObject, pick, type Adapter } from "./source.js";
import type { SettingsOf } from "./settings.js";
import { askTool } from "./tool.js";

interface Field {
  readonly label?: unknown;
  readonly value?: unknown;
}

/** An item of 1Password by its command: the fields whose labels are the names that are asked for. */
export const onePassword: Adapter<SettingsOf<"onePassword">> = async (settings, names, context) => {
  const { vault, item, account } = settings;
  const place = ["--vault", vault, ...(account === undefined ? [] : ["--account", account])];
  const args = ["item", "get", item, ...place, "--format", "json"];
  const text = await askTool({ command: "op", args }, context);
  const { fields } = jsonObject(text ?? "", "the item of `op`");
  if (!Array.isArray(fields)) return new Map();
  const byLabel = new Map<string, unknown>();
  for (const { label, value } of fields as Field[]) {
    if (typeof label !== "string" || !names.includes(label)) continue;
    if (byLabel.has(label)) {
      throw new SourceFailure(`has two fields ${label} in ${item}`, "rename one of them");
    }
    // A field without a value is one whose value is empty.
    byLabel.set(label, value ?? "");
  }
  return pick(Object.fromEntries(byLabel), names);
};
