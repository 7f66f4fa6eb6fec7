import { settingsSchema, type JsonSchema } from "./settings-schema.js";

/** One setting: where it is, what it takes, what it is where nothing is said, what it means. */
export interface SettingRow {
  readonly path: string;
  readonly type: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** Every setting, in the schemas' order. */
export function settingRows(): SettingRow[] {
  return rowsUnder(settingsSchema(), "");
}

function rowsUnder(schema: JsonSchema, path: string): SettingRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, each]) => {
    const required = schema.required?.includes(name) === true;
    const below = path === "" ? name : `${path}.${name}`;
    // A section is a heading in the file, not a setting; a group inside one has a meaning of its own.
    if (path === "" && each.properties !== undefined) return rowsUnder(each, below);
    return [row(each, below, required), ...members(each, below)];
  });
}

function members(schema: JsonSchema, path: string): SettingRow[] {
  if (schema.items !== undefined) return rowsUnder(schema.items, `${path}[]`);
  return typeof schema.additionalProperties === "object"
    ? rowsUnder(schema.additionalProperties, `${path}.NAME`)
    : rowsUnder(schema, path);
}

function row(schema: JsonSchema, path: string, required: boolean): SettingRow {
  const value = schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``;
  const fallback = required && value === "" ? "required" : value;
  return { path, type: typeOf(schema), fallback, meaning: schema.description ?? "" };
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((each) => `\`${each}\``).join(", ");
  if (schema.title !== undefined) return schema.title;
  if (schema.anyOf !== undefined) {
    const types = schema.anyOf.map(typeOf);
    return types.every((each) => each === types[0]) ? (types[0] ?? "") : types.join(" or ");
  }
  if (schema.format === "ipv4" || schema.format === "ipv6") return "IP address";
  if (schema.items !== undefined) return `list of ${plural(typeOf(schema.items))}`;
  return texts[schema.type ?? ""] ?? schema.type ?? "";
}

const plural = (type: string) => (type.endsWith("s") ? `${type}es` : `${type}s`);

const texts: Readonly<Record<string, string>> = {
  string: "text",
  integer: "whole number",
  boolean: "true or false",
  object: "mapping",
};
