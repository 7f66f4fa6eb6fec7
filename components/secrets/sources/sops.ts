import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { SourceFailure, jsonObject, pick, type Adapter } from "./source.js";
import type { SettingsOf } from "./settings.js";
import { askTool } from "./tool.js";

/** A file that sops decrypts; the key is where sops looks for it (`SOPS_AGE_KEY`, `SOPS_AGE_KEY_FILE`), or in `ageKeyFile`. */
export const sops: Adapter<SettingsOf<"sops">> = async (settings, names, context) => {
  const file = resolve(context.directory, settings.file);
  if (!existsSync(file)) {
    throw new SourceFailure(`has no file ${settings.file}`, "correct file, or commit it");
  }
  const key = settings.ageKeyFile;
  const text = await askTool(
    {
      command: "sops",
      args: ["--decrypt", ...inputType(settings.format), "--output-type", "json", file],
      ...(key !== undefined && {
        variables: { SOPS_AGE_KEY_FILE: resolve(context.directory, key) },
      }),
    },
    context,
  );
  return pick(jsonObject(text ?? "", settings.file), names);
};

function inputType(format: string | undefined): string[] {
  return format === undefined ? [] : ["--input-type", format];
}
