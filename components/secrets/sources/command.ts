import { parseEnv } from "node:util";
import { jsonObject, pick, withoutMark, type Adapter } from "./source.js";
import type { SettingsOf } from "./settings.js";
import { askTool } from "./tool.js";

/** Any command that prints a JSON object or dotenv lines. What it writes besides is not repeated: it may hold values. */
export const command: Adapter<SettingsOf<"command">> = async (settings, names, context) => {
  const [program = "", ...args] = settings.command;
  const variables = { KEELSON_SECRET_NAMES: names.join(",") };
  const tool = { command: program, args, variables, repeatable: false };
  const text = (await askTool(tool, context)) ?? "";
  const values =
    settings.format === "json"
      ? jsonObject(text, `the output of \`${program}\``)
      : parseEnv(withoutMark(text));
  return pick(values, names);
};
