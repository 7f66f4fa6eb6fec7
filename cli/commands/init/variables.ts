import { parseEnv } from "node:util";
import type { Mapping } from "#lib/merge";
import { addSecret, within, type Draft } from "./draft.js";

/** Names that stand for a secret, whatever their value. */
const secretName =
  /SECRET|TOKEN|PASSWORD|PASSWD|PRIVATE|CREDENTIAL|API_?KEY|ACCESS_?KEY|_KEY$|^KEY$|_DSN$/;

/** Variables that Keelson passes to the app, under their customary names. */
const platform = new Set(
  (
    "PORT DATABASE_URL DB_URL SPRING_DATASOURCE_URL SPRING_DATASOURCE_USERNAME SPRING_DATASOURCE_PASSWORD " +
    "APP_NAME APP_ENV APP_VERSION GIT_SHA LOG_LEVEL DATABASE_POOL_SIZE POOL_SIZE SERVER_PORT REDIS_URL"
  ).split(" "),
);

/** Names under which apps read the parts of the database's URL, by the setting of each. */
const parts: readonly (readonly [RegExp, string])[] = [
  [/^(?:DB|DATABASE|POSTGRES|PG|PGSQL)_?HOST(?:NAME)?$/, "databaseHost"],
  [/^(?:DB|DATABASE|POSTGRES|PG)_?PORT$/, "databasePort"],
  [/^(?:DB|DATABASE|POSTGRES|PG)_?(?:NAME|DATABASE|DB)$/, "databaseName"],
  [/^(?:DB|DATABASE|POSTGRES|PG)_?USER(?:NAME)?$/, "databaseUser"],
  [/^(?:DB|DATABASE|POSTGRES|PG)_?PASS(?:WORD)?$/, "databasePassword"],
];

/** Takes variables over: what Keelson has itself, secrets, and plain values; what has no value is left. */
export function takeVariables(
  draft: Draft,
  variables: Readonly<Record<string, string>>,
  where: string,
  generated: Readonly<Record<string, Mapping>> = {},
): void {
  for (const [name, value] of Object.entries(variables)) {
    const part = parts.find(([expression]) => expression.test(name))?.[1];
    if (platform.has(name)) draft.found.push(`${name} (${where}): Keelson sets it`);
    else if (part !== undefined) {
      within(draft.app, "variables")[part] ??= name;
      draft.found.push(`${name} (${where}): Keelson sets it, as app.variables.${part}`);
    } else if (secretName.test(name)) takeSecret(draft, name, where, generated[name]);
    else if (value === "") {
      draft.left.push(`${name} (${where}) has no value: set app.env.${name} if the app needs it`);
    } else {
      within(draft.app, "env")[name] ??= value;
      if (/localhost|127\.0\.0\.1|example\.(?:com|org)/.test(value)) {
        draft.open.push(`app.env.${name} is ${value}, as ${where} has it`);
      }
    }
  }
}

function takeSecret(draft: Draft, name: string, where: string, generate?: Mapping): void {
  addSecret(draft, name, generate);
  draft.found.push(
    generate === undefined
      ? `${name} (${where}): a secret, given by the environment or .env`
      : `${name} (${where}): a secret, which Keelson makes`,
  );
}

/** The variables of a file such as `.env.example`. */
export function variablesIn(text: string): Readonly<Record<string, string>> {
  return parseEnv(text) as Readonly<Record<string, string>>;
}
