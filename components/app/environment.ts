import type { Environment } from "#lib/environments";
import { isSealed, type SealedText } from "#lib/sealed";
import { problem } from "#lib/settings";
import type { AppSettings } from "./settings.js";

/** The place of the app's database. */
export interface DatabasePlace {
  readonly host: string;
  readonly port: number;
  readonly name: string;
}

/** Variables that describe the app to itself, without secrets, by name. */
export function plainEnvironment(
  settings: AppSettings,
  environment: Environment,
  release: { readonly version: string; readonly gitSha: string },
  database: Partial<DatabasePlace> = {},
): Record<string, string> {
  const { variables } = settings;
  const told: readonly (readonly [string | null, string | undefined])[] = [
    [variables.name, settings.name],
    [variables.environment, settings.environmentNames[environment] ?? environment],
    [variables.port, String(settings.port)],
    [variables.logLevel, settings.logLevel],
    [variables.version, release.version],
    [variables.gitSha, release.gitSha],
    [variables.poolSize, String(settings.poolSize)],
    [variables.databaseHost, database.host],
    [variables.databasePort, database.port?.toString()],
    [variables.databaseName, database.name],
  ];
  const named = told.filter(
    (pair): pair is readonly [string, string] => pair[0] !== null && pair[1] !== undefined,
  );
  const clear = Object.entries(settings.env).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return { ...Object.fromEntries(named), ...Object.fromEntries(clear) };
}

/** The variables of an environment that the settings seal: a variable's name to what is sealed. */
export function sealedEnvironment({
  env,
}: Pick<AppSettings, "env">): [name: string, sealed: SealedText][] {
  return Object.entries(env).flatMap(([name, value]): [string, SealedText][] =>
    isSealed(value) ? [[name, value]] : [],
  );
}

/** Names of all secrets that the app gets, however they come to it. */
export function secretNames(settings: AppSettings): string[] {
  const { databaseUrl, databaseUser, databasePassword, databaseCa } = settings.variables;
  const sealed = sealedEnvironment(settings).map(([name]) => name);
  const login = [databaseUrl, databaseUser, databasePassword, databaseCa].filter(
    (name) => name !== null,
  );
  return [...settings.secrets, ...sealed, ...login];
}

/** The variables that the platform sets: neither `env` nor a secret may have such a name. */
export function platformVariables(settings: AppSettings): string[] {
  return Object.values(settings.variables).filter((name) => name !== null);
}

const databaseParts = [
  ...(["databaseHost", "databasePort", "databaseName"] as const),
  ...(["databaseUser", "databasePassword"] as const),
];

/** Problems with variables for the parts of a database's address, where the database is external. */
export function databasePartsProblems({ variables }: Pick<AppSettings, "variables">): string[] {
  const wrong = "is set, and of an external database the URL alone is known";
  const advice = "remove it, and give the app the parts by app.env and app.secrets";
  return databaseParts
    .filter((key) => variables[key] !== null)
    .map((key) => problem(`app.variables.${key}`, wrong, advice));
}
