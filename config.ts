import { withDeployedImage } from "#config/deployed-image";
import { join } from "node:path";
import { contradictions } from "#config/contradictions";
import { deepMerge, inKeyOrder, isMapping, type Mapping } from "#lib/merge";
import { fromRecord, sealedIn, type SealedSource } from "#lib/sealed";
import { joinPath, parseSettings, problem, SettingsError, wrongText } from "#lib/settings";
import { stackSettings, type Settings } from "#config/settings";
import { defaultsKey, writtenSections } from "#config/stack-file";

export { databasesWithLogins, rolesOf, type DatabaseLogins } from "#config/database-logins";
export { furtherDatabases, nameOfDatabase } from "#config/database-name";
export { stackSettings, type Settings } from "#config/settings";
export { defaultsKey } from "#config/stack-file";

/** The key under which `keelson rollback` gives the app's settings of an earlier release; no person's file has it. */
export const releasedKey = "released";

/**
 * Settings of a stack from its sections; the project's defaults lie under them.
 *
 * @param app the app's settings as a release had them, whole: nothing of the present ones is laid on them
 * @param mayHide values may be secret that nothing marks: no problem shows one
 * @throws SettingsError with every problem
 */
export function settingsFrom(sections: Mapping, app?: Mapping, mayHide = false): Settings {
  const { [defaultsKey]: shared, ...own } = sections;
  if (shared !== undefined && !isMapping(shared)) {
    throw new SettingsError([problem(defaultsKey, "is not a mapping", "put sections under it")]);
  }
  const merged = deepMerge(withoutRival(shared ?? {}, own), own);
  const wanted = app === undefined ? merged : released(fromRecord(app) as Mapping, merged);
  const settings = parseSettings(stackSettings, inKeyOrder(wanted), "", mayHide);
  const problems = contradictions(settings);
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

/** Settings with those of a release in the place of the app's, the services' and the jobs': its record has these among the app's. */
function released({ services, jobs, ...app }: Mapping, merged: Mapping): Mapping {
  return { ...merged, app: withName(app, merged), services: services ?? {}, jobs: jobs ?? {} };
}

/** A release from before the app was renamed would lead to the data under its old name. */
function withName(app: Mapping, merged: Mapping): Mapping {
  const { name } = mappingAt(merged, "app");
  return name === undefined ? app : { ...app, name };
}

/** The defaults without an image, or a build of one, where the stack itself says the other of the two. */
function withoutRival(shared: Mapping, own: Mapping): Mapping {
  const [app, ours] = [mappingAt(shared, "app"), mappingAt(own, "app")];
  const rivals = Object.keys(ours).flatMap((key) =>
    key === "image" ? ["build"] : key === "build" ? ["image"] : [],
  );
  if (!rivals.some((key) => key in app)) return shared;
  const kept = Object.entries(app).filter(([key]) => !rivals.includes(key));
  return { ...shared, app: Object.fromEntries(kept) };
}

/** Settings of a stack from its files, without Pulumi; what is sealed stays so. @throws SettingsError */
export function stackFileSettings(
  projectDirectory: string,
  stack: string,
  configFile?: string,
  app?: Mapping,
): Settings {
  const file = configFile ?? join(projectDirectory, `Pulumi.${stack}.yaml`);
  const written = writtenSections(projectDirectory, file);
  return settingsFrom(withDeployedImage({ ...written.project, ...written.stack }), app);
}

/** Problems with the sealed texts of settings, once they are opened; no text stands in them. */
export function sealedProblems(settings: Settings, source: SealedSource): string[] {
  return sealedIn(settings).flatMap(({ path, sealed: { secure } }) => {
    const text = source(secure);
    // A release's record seals by the stack's own key, and what it keeps has been looked at before.
    if (text === undefined) return [];
    const at = joinPath("", path);
    // Those are judged with the other secrets.
    if (path[0] === "secrets") return [];
    if (text === "") return [problem(at, "is sealed, and empty", "seal its value, or remove it")];
    if (text.includes("\0")) {
      return [problem(at, "holds a NUL character", "seal a text without one")];
    }
    const wrong = wrongText(stackSettings, path, text);
    return wrong === undefined ? [] : [`${at}: the sealed text ${wrong}`];
  });
}

/** The first two parts of every name on the Docker host; they are on the labels, too. */
export interface HostNames {
  readonly app: string;
  readonly stack: string;
}

/** Names of a stack on the Docker host. They stay the same when the app or the stack is renamed. */
export function namesOf({ app, docker }: Settings, stack: string): HostNames {
  return { app: docker.names?.app ?? app.name, stack: docker.names?.stack ?? stack };
}

/** The same in the order in which the label filters take them. */
export function hostNames(settings: Settings, stack: string): [app: string, stack: string] {
  const names = namesOf(settings, stack);
  return [names.app, names.stack];
}

/** `<app>-<stack>`, with which every name of a stack on the Docker host begins. */
export function prefixOf(settings: Settings, stack: string): string {
  const names = namesOf(settings, stack);
  return `${names.app}-${names.stack}`;
}

/** The settings that protect a stack's data from `destroy`; none: it is not protected. */
export function protectingSettings(settings: Settings): string[] {
  const protecting = (["postgres", "backup"] as const).filter((name) => settings[name].protect);
  return protecting.map((name) => `${name}.protect`);
}

function mappingAt(mapping: Mapping, key: string): Mapping {
  const value = mapping[key];
  return isMapping(value) ? value : {};
}
