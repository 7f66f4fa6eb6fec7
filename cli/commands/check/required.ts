import type { Settings } from "#config";
import { secretSource } from "#config/secret-source";
import { isSealed } from "#lib/sealed";
import { problem } from "#lib/settings";
import { variablesOf } from "../env-example/variables.js";

/** Problems with the variables that a run requires of the app, whatever the settings call optional, a line each. */
export function requiredProblems(
  names: readonly string[],
  settings: Settings,
  projectDirectory: string,
): string[] {
  if (names.length === 0) return [];
  const variables = new Map(variablesOf(settings).map((each) => [each.name, each]));
  const source = secretSource(settings, process.env, projectDirectory);
  return names.flatMap((given) => {
    const name = given.trim();
    if (!variables.has(name)) {
      const advice = "add it to app.env, or to secrets and app.secrets, or correct the list";
      return [problem("--require", `${name} is nothing that the app gets`, advice)];
    }
    const secret = settings.app.env[name] === undefined ? settings.secrets[name] : undefined;
    if (secret === undefined || secret.generate !== undefined || isSealed(secret.value)) return [];
    const variable = secret.variable ?? name;
    if (source(variable) !== undefined) return [];
    return [problem("--require", `${name} is missing`, `give ${variable} a value in its source`)];
  });
}
