import { previousName, type SecretSource } from "#components/secrets/settings";
import type { Settings } from "#config";
import { isSealed } from "#lib/sealed";
import { isMapping } from "#lib/merge";
import { joinPath } from "#lib/settings";

/** A secret without its value. */
export interface SecretEntry {
  readonly name: string;
  /** `generated`, `sealed`, or the kinds of its sources and the name that it has there. */
  readonly from: string;
  /** Of one from the environment: whether this command's has it. */
  readonly state: "set" | "missing" | "missing, and optional";
  /** Settings that name it. */
  readonly usedBy: readonly string[];
  /** Time at which the app's container that has it was made, UTC; undefined where the app does not have it. */
  readonly since: string | undefined;
}

/** Secrets of the running app. */
export interface Delivered {
  readonly since: string;
  /** Names of its variables; a file's is called `<name>_FILE`. */
  readonly variables: readonly string[];
}

/** The secrets of a stack in the order of their names. */
export function secretEntries(
  settings: Settings,
  source: SecretSource,
  delivered: Delivered | undefined,
): SecretEntry[] {
  const names = Object.keys(settings.secrets).sort();
  return names.map((name) => {
    const has = [name, `${name}_FILE`].some((each) => delivered?.variables.includes(each));
    return {
      name,
      ...originOf(name, settings, source),
      usedBy: usesOf(name, settings),
      since: has ? delivered?.since.slice(0, 19).replace("T", " ") : undefined,
    };
  });
}

function originOf(
  name: string,
  { secrets, secretSources }: Settings,
  source: SecretSource,
): Pick<SecretEntry, "from" | "state"> {
  const {
    generate,
    value,
    variable = name,
    optional,
  } = secrets[name] as Settings["secrets"][string];
  if (generate !== undefined) {
    const { rotation, previous } = generate;
    const before = previous ? `, ${previousName(name)} as well` : "";
    const number = rotation === 1 ? "" : ` (rotation ${String(rotation)}${before})`;
    return { from: `generated${number}`, state: "set" };
  }
  if (isSealed(value)) return { from: "sealed", state: "set" };
  const missing = optional ? "missing, and optional" : "missing";
  const state = source(variable) === undefined ? missing : "set";
  const kinds = secretSources.map((each) => Object.keys(each).join());
  return { from: `${kinds.join(", ")} ${variable}`, state };
}

/** Paths of the settings that name it: lists of secrets, and settings called `…Secret`. */
function usesOf(name: string, settings: Settings): string[] {
  const sections = Object.entries(settings).filter(([section]) => section !== "secrets");
  return [...new Set(found(Object.fromEntries(sections), [], name))].sort();
}

function found(value: unknown, path: readonly (string | number)[], name: string): string[] {
  if (Array.isArray(value)) {
    const isList = path.at(-1) === "secrets";
    return value.flatMap((each, index) =>
      isList && each === name ? [joinPath("", path)] : found(each, [...path, index], name),
    );
  }
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    /Secret$/.test(key) && each === name
      ? [joinPath("", [...path, key])]
      : found(each, [...path, key], name),
  );
}
