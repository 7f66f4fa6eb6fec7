import * as pulumi from "@pulumi/pulumi";
import { sealedEnvironment } from "#components/app/environment";
import { isPlain, withPrevious } from "#components/secrets/settings";
import { picked } from "#lib/picked";
import type { SealedText } from "#lib/sealed";
import type { DataPart, Login } from "./database.js";
import type { redisOf } from "./redis.js";
import type { Shared } from "./shared.js";

/** The networks of a process that uses what the app does; the data network where there is something on it. */
export function networksOf(
  { network }: Shared,
  data: DataPart,
  redis: ReturnType<typeof redisOf>,
): { readonly data?: pulumi.Output<string>; readonly edge: pulumi.Output<string> } {
  return data.external && redis.resources.length === 0 ? { edge: network.edge } : network;
}

/** Secrets by name, without those that are plain. */
export function namedSecrets(
  { settings, secrets }: Pick<Shared, "settings" | "secrets">,
  names: readonly string[],
): Record<string, pulumi.Output<string>> {
  const secret = names.filter((name) => !isPlain(settings.secrets, name));
  return picked(secrets.values, withPrevious(secret, settings.secrets));
}

/** Those that are plain, as plans may show them. */
export function plainVariables(
  { settings, secrets }: Pick<Shared, "settings" | "secrets">,
  names: readonly string[],
): Record<string, pulumi.Output<string>> {
  const plain = picked(
    secrets.values,
    names.filter((name) => isPlain(settings.secrets, name)),
  );
  return Object.fromEntries(
    Object.entries(plain).map(([name, value]) => [name, pulumi.unsecret(value)]),
  );
}

/** The app's secrets, and those of its migration, by their names. */
export function secretsOf(
  shared: Shared,
  { logins, authority, furtherUrls }: DataPart,
  redisUrls: Readonly<Record<string, pulumi.Output<string>>>,
) {
  const { settings, secrets } = shared;
  const sealed = sealedEnvironment(settings.app).map(
    ([name, text]) => [name, secrets.open(text)] as const,
  );
  const { databaseUrl, databaseUser, databasePassword, databaseCa } = settings.app.variables;
  const withLogin = (role: "app" | "migrator") => {
    const { url, user, password }: Login = logins[role];
    const login = [
      [databaseUrl, url] as const,
      [databaseUser, user] as const,
      [databasePassword, password] as const,
      [databaseCa, authority] as const,
    ].flatMap(([name, value]) => (name === null || value === undefined ? [] : [[name, value]]));
    const values = Object.fromEntries([...sealed, ...login]) as typeof secrets.values;
    return {
      ...namedSecrets(shared, settings.app.secrets),
      ...values,
      ...redisUrls,
      ...furtherUrls[role],
    };
  };
  return {
    open: (text: SealedText) => secrets.open(text),
    secrets: withLogin("app"),
    migrationSecrets: withLogin("migrator"),
  };
}
