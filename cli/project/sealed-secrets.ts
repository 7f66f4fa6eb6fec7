import type { Settings } from "#config";
import { givenBefore, handover } from "#config/secret-handover";
import { asksOthers, injectedNames, injectedSecrets, nearbySource } from "#config/secret-source";
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
  const source = nearbySource(settings, environment, projectDirectory);
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
  const values = Object.fromEntries(found.map(({ variable, value }) => [variable, value]));
  // Of an optional one that the last run did not have, there is nothing to ask for.
  const absent = missing.filter(
    ({ name, variable }) => !(variable in values) && settings.secrets[name]?.optional === true,
  );
  const handed = handover(values, found.length === 0 ? [] : absent.map(({ variable }) => variable));
  const names = found.filter(({ variable }) => givenBefore(handed, variable) !== undefined);
  if (names.length > 0) {
    const list = names.map(({ name }) => name).join(", ");
    say(`Not in the environment, so taken from the stack's state: ${list}.`);
  }
  return { ...environment, ...handed };
}

/** Variables that give the program what the sources of the secrets have said, so that it does not ask them again. */
export function handoverOf(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  projectDirectory: string,
): Readonly<Record<string, string>> {
  if (!asksOthers(settings)) return {};
  const { source } = injectedSecrets(settings, environment, projectDirectory);
  const pairs = injectedNames(settings).map((name) => [name, source(name)] as const);
  const isThere = (
    pair: readonly [string, string | undefined],
  ): pair is readonly [string, string] => pair[1] !== undefined;
  const absent = pairs.filter((pair) => !isThere(pair)).map(([name]) => name);
  return handover(Object.fromEntries(pairs.filter(isThere)), absent);
}
