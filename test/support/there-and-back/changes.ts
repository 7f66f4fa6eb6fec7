import { isDeepStrictEqual } from "node:util";
import { buildProblems } from "#components/app/build-problems";
import { settingsFrom } from "#config";
import { root } from "../root.js";
import { isMapping, type Mapping } from "#lib/merge";
import { settingsSchema, type JsonSchema } from "#scripts/settings-schema";
import type { Wanted } from "./stack.js";

/** A change of one setting or secret. */
export interface Change {
  /** Where it is, as the settings' reference writes it, and what it becomes: `app.replicas = 2`. */
  readonly name: string;
  /** The path alone, without list positions and a record's own names. */
  readonly path: string;
  readonly wanted: Wanted;
}

/** Every setting that is not a mapping, by its path, as the schema has it. */
export function settingPaths(): string[] {
  return leaves(settingsSchema(), "");
}

/** Settings that lead to another database: a change of one is refused, and `keelson rename` makes it. */
const names = /^(app\.name|database\.name|environment|docker\.names)(\.|$)/;

/** Every change of a setting of a stack that the checks of the settings let pass. */
export function settingChanges(base: Wanted): Change[] {
  const own = settingsFrom(base.sections);
  const changes: Change[] = [];
  const tryEach = (
    path: string,
    at: readonly (string | number)[],
    values: readonly unknown[],
    most: number,
  ): void => {
    if (names.test(path)) return;
    let found = 0;
    for (const value of values) {
      if (found === most) return;
      const sections = put(base.sections, at, value) as Mapping;
      const settings = attempt(sections);
      if (settings === undefined || isDeepStrictEqual(settings, own)) continue;
      found += 1;
      const shown = value === undefined ? "not set" : JSON.stringify(value).slice(0, 60);
      changes.push({ name: `${at.join(".")} = ${shown}`, path, wanted: { ...base, sections } });
    }
  };
  const visit = (
    schema: JsonSchema,
    path: string,
    at: readonly (string | number)[],
    now: unknown,
  ): void => {
    if (path !== "") tryEach(path, at, candidates(schema, now), Infinity);
    if (path !== "" && schema.properties === undefined) tryEach(path, at, texts(schema, now), 1);
    for (const [key, inner] of Object.entries(schema.properties ?? {}))
      visit(
        inner,
        path === "" ? key : `${path}.${key}`,
        [...at, key],
        (now as Mapping | undefined)?.[key],
      );
    if (schema.items !== undefined && Array.isArray(now) && now.length > 0)
      visit(schema.items, `${path}[]`, [...at, 0], now[0]);
    const { additionalProperties: record } = schema;
    if (typeof record === "object" && isMapping(now))
      for (const [key, value] of Object.entries(now))
        visit(record, `${path}.NAME`, [...at, key], value);
  };
  visit(settingsSchema(), "", [], base.sections);
  return changes;
}

/** A change of the value of every injected secret. */
export function secretChanges(base: Wanted): Change[] {
  return Object.entries(base.environment).map(([name, value]) => ({
    name: `the value of ${name}`,
    path: `secret ${name}`,
    wanted: { ...base, environment: { ...base.environment, [name]: `${value}x` } },
  }));
}

function leaves(schema: JsonSchema, path: string): string[] {
  const { properties, items, additionalProperties: record } = schema;
  const own = path === "" || properties !== undefined ? [] : [path];
  return [
    ...own,
    ...Object.entries(properties ?? {}).flatMap(([key, inner]) =>
      leaves(inner, path === "" ? key : `${path}.${key}`),
    ),
    ...(items?.properties === undefined ? [] : leaves(items, `${path}[]`)),
    ...(typeof record === "object" && record.properties !== undefined
      ? leaves(record, `${path}.NAME`)
      : []),
  ];
}

/** Other values that follow from the schema and from what is there. */
function candidates(schema: JsonSchema, now: unknown): unknown[] {
  const kinds = (schema.anyOf ?? [schema]).flatMap((each) => [each.type]);
  const numbers = typeof now === "number" ? [now + 1, now / 2] : [];
  return [
    ...(schema.enum ?? []),
    ...(kinds.includes("boolean") ? [true, false] : []),
    ...(kinds.includes("null") ? [null] : []),
    ...numbers,
    ...(Array.isArray(now) && now.length > 0
      ? [now.slice(1), [...(now as unknown[])].reverse()]
      : []),
    ...(isMapping(now) && schema.properties === undefined
      ? Object.keys(now).map((gone) =>
          Object.fromEntries(Object.entries(now).filter(([key]) => key !== gone)),
        )
      : []),
    ...(now === undefined ? [] : [undefined]),
  ];
}

/** Texts, numbers, lists and mappings of all kinds: which of them a setting takes, its own check says. */
function texts(schema: JsonSchema, now: unknown): unknown[] {
  const kinds = (schema.anyOf ?? [schema]).map(({ type }) => type);
  if (kinds.includes("array")) {
    const more = Array.isArray(now) ? (now as unknown[]) : [];
    return samples.map((each) => [...more, each]);
  }
  if (kinds.includes("object"))
    return samples.map((each) => ({ ...(now as object | undefined), OTHER: each }));
  if (kinds.includes("integer") || kinds.includes("number")) return [7, 90, 2048, 64, 0.5, 200];
  if (kinds.includes("boolean")) return [];
  return samples;
}

const samples = [
  "7s",
  "3m",
  "45m",
  "20d",
  "1GiB",
  "300MiB",
  "17 5 * * *",
  "other.example.com",
  "10.9.0.0/16",
  "127.0.0.2",
  "/other",
  "OTHER",
  "TLS",
  "KEY2",
  "https://other.example.com/dir",
  "ops2@example.com",
  "text/x-other",
  "12345:12345",
  "pg_trgm",
  "other:2.0",
  "default-src 'self'",
  "warn",
  "on",
  "other",
  "images/sample-app",
  "images/jobs",
  "64MB",
  "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
  { port: 1983, target: 1983 },
  { name: "other", path: "/other" },
  { path: "/other", requests: 9 },
  { path: "/other" },
  { name: "other", sql: "select true" },
  "KEA",
];

function attempt(sections: Mapping): unknown {
  try {
    const settings = settingsFrom(sections);
    return buildProblems(settings, root).length === 0 ? settings : undefined;
  } catch {
    // Not a value for this setting.
    return undefined;
  }
}

function put(
  target: unknown,
  [first, ...rest]: readonly (string | number)[],
  value: unknown,
): unknown {
  if (first === undefined) return value;
  if (typeof first === "number") {
    const list = [...(target as unknown[])];
    const inner = put(list[first], rest, value);
    if (inner === undefined) list.splice(first, 1);
    else list[first] = inner;
    return list;
  }
  const { [first]: old, ...others } = (target ?? {}) as Mapping;
  const inner = put(old, rest, value);
  return inner === undefined ? others : { ...others, [first]: inner };
}
