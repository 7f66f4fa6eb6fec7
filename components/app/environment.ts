import type { Environment } from "#lib/environments";
import { isSealed, type SealedText } from "#lib/sealed";
import type { AppSettings } from "./settings.js";

/** What the app is told about itself, apart from secrets: a variable's name to its value. */
export function plainEnvironment(
  settings: AppSettings,
  environment: Environment,
  release: { readonly version: string; readonly gitSha: string },
): Record<string, string> {
  const { variables } = settings;
  const told: readonly (readonly [string | null, string])[] = [
    [variables.name, settings.name],
    [variables.environment, settings.environmentNames[environment] ?? environment],
    [variables.port, String(settings.port)],
    [variables.logLevel, settings.logLevel],
    [variables.version, release.version],
    [variables.gitSha, release.gitSha],
    [variables.poolSize, String(settings.poolSize)],
  ];
  const named = told.filter((pair): pair is readonly [string, string] => pair[0] !== null);
  const clear = Object.entries(settings.env).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return { ...Object.fromEntries(named), ...Object.fromEntries(clear) };
}

/** The variables of its environment that the settings seal: a variable's name to what is sealed. */
export function sealedEnvironment({ env }: AppSettings): [name: string, sealed: SealedText][] {
  return Object.entries(env).flatMap(([name, value]): [string, SealedText][] =>
    isSealed(value) ? [[name, value]] : [],
  );
}

/** Names of all secrets that the app gets, however they come to it. */
export function secretNames(settings: AppSettings): string[] {
  const { databaseUrl } = settings.variables;
  const sealed = sealedEnvironment(settings).map(([name]) => name);
  return [...settings.secrets, ...sealed, ...(databaseUrl === null ? [] : [databaseUrl])];
}

/** The variables that the platform sets: neither `env` nor a secret may have such a name. */
export function platformVariables(settings: AppSettings): string[] {
  return Object.values(settings.variables).filter((name) => name !== null);
}
