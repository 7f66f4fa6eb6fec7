import { secretSource, type Settings } from "#config";
import type { Say } from "../io/progress.js";
import type { Runner } from "../engines/runner.js";

/**
 * Takes the injected secrets that this command's environment lacks from the stack's state, which has them sealed, and
 * says which. For commands that change no secret: what the environment has wins.
 * @returns an environment with them
 */
export async function withSealedSecrets(
  settings: Settings,
  runner: Pick<Runner, "injected">,
  environment: NodeJS.ProcessEnv,
  projectDirectory: string,
  say: Say,
): Promise<NodeJS.ProcessEnv> {
  const source = secretSource(settings, environment, projectDirectory);
  const missing = Object.entries(settings.secrets)
    .filter(([, { generate }]) => generate === undefined)
    .map(([name, { variable }]) => ({ name, variable: variable ?? name }))
    .filter(({ variable }) => source(variable) === undefined);
  if (missing.length === 0) return environment;
  const sealed = await runner.injected();
  const found = missing.flatMap(({ name, variable }) => {
    const value = sealed[name];
    return value === undefined ? [] : [{ name, variable, value }];
  });
  if (found.length === 0) return environment;
  const names = found.map(({ name }) => name).join(", ");
  say(`Not in the environment, so taken from the stack's state: ${names}.`);
  return {
    ...environment,
    ...Object.fromEntries(found.map(({ variable, value }) => [variable, value])),
  };
}
