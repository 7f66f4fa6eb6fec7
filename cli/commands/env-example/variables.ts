import type { Settings } from "#config";
import { urlVariables } from "#config/url-variables";
import { isSealed } from "#lib/sealed";

/** A variable that the settings give the app, or another process of its image. */
export interface Variable {
  readonly name: string;
  /** Value for an example; never a secret's. */
  readonly value: string;
  /** Description for a person, on one line. */
  readonly meaning: string;
  /** Keelson sets it whatever the app reads. */
  readonly platform: boolean;
}

/** Variables of the app, its services and its migration, in the order of the settings; each name once. */
export function variablesOf(settings: Settings): Variable[] {
  const { app, services } = settings;
  const all = [
    ...platform(settings),
    ...[app.env, app.migrate?.env ?? {}, ...Object.values(services).map(({ env }) => env)].flatMap(
      (env) => Object.entries(env).map(([name, value]) => plain(name, value)),
    ),
    ...[app.secrets, ...Object.values(services).map(({ secrets }) => secrets)].flatMap((names) =>
      names.map((name) => secret(name, settings)),
    ),
  ];
  return [...new Map(all.reverse().map((each) => [each.name, each])).values()].reverse();
}

function platform(settings: Settings): Variable[] {
  const { app, database, environment } = settings;
  const { variables } = app;
  const url =
    database.externalUrlSecret === undefined ? "postgresql://localhost:5432/" + app.name : "";
  const values: Readonly<Record<string, string>> = {
    name: app.name,
    environment: app.environmentNames[environment] ?? environment,
    port: String(app.port),
    logLevel: app.logLevel,
    poolSize: String(app.poolSize),
    databaseUrl: url,
  };
  const named = Object.entries(variables).flatMap(([key, name]) =>
    name === null
      ? []
      : [
          {
            name,
            value: values[key] ?? "",
            meaning: `Set by Keelson (app.variables.${key}).`,
            platform: true,
          },
        ],
  );
  const urls = urlVariables(settings).map(([setting, name]) => ({
    name,
    value: setting.startsWith("redis.") ? "redis://localhost:6379" : "",
    meaning: `Set by Keelson (${setting}).`,
    platform: true,
  }));
  return [...named, ...urls];
}

function plain(name: string, value: Settings["app"]["env"][string]): Variable {
  const text = isSealed(value) ? "" : value;
  return { name, value: text, meaning: isSealed(value) ? "Secret." : "", platform: false };
}

function secret(name: string, { secrets }: Settings): Variable {
  const { generate, optional, pattern, minLength = 1, description } = secrets[name] ?? {};
  const facts = [
    description === undefined ? "" : withStop(description),
    optional === true ? "Optional secret." : "Secret.",
    generate === undefined
      ? ""
      : `Generated: ${String(generate.length)} ${generate.encoding === "text" ? "characters" : `bytes, ${generate.encoding}`}.`,
    pattern === undefined ? "" : `Matches ${pattern}`,
    minLength > 1 ? `At least ${String(minLength)} characters.` : "",
  ];
  const meaning = facts.filter((each) => each !== "").join(" ");
  return { name, value: "", meaning, platform: false };
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
