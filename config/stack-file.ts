import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { isMapping, type Mapping } from "#lib/merge";
import { sealedIn } from "#lib/sealed";
import { joinPath, problem, SettingsError } from "#lib/settings";
import { numberProblems } from "./numbers.js";
import { readText } from "./read-text.js";
import { stackSettings } from "./settings.js";

const sectionNames = new Set(Object.keys(stackSettings.shape));

/** Sections by name, sealed texts as the files have them: the project's, and over them the stack's. */
export interface WrittenSections {
  readonly project: Mapping;
  readonly stack: Mapping;
}

/**
 * The sections of a stack's files.
 *
 * @param stackFile undefined where the stack has none
 * @throws SettingsError where a file is missing, no YAML, or seals where it must not
 */
export function writtenSections(
  projectDirectory: string,
  stackFile: string | undefined,
): WrittenSections {
  const project = yamlFile(join(projectDirectory, "Pulumi.yaml"));
  const name = String(project["name"]);
  const written = stackFile === undefined ? {} : yamlFile(stackFile);
  refuseUnread(project, written, name);
  const shared = projectSections(project, name);
  refuseSealed(shared);
  return { project: shared, stack: stackSections(written, name) };
}

/**
 * The file that a program's configuration is from: what `KEELSON_CONFIG_FILE` names, else the stack's own in the
 * project's folder (Pulumi does not say what `--config-file` names). Undefined where there is none.
 */
export function configFileOf(
  projectDirectory: string,
  stack: string,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const folder = yamlFile(join(projectDirectory, "Pulumi.yaml"))["stackConfigDir"];
  const own = join(
    projectDirectory,
    typeof folder === "string" ? folder : "",
    `Pulumi.${stack}.yaml`,
  );
  const file = environment[configFileVariable] ?? own;
  return existsSync(file) ? file : undefined;
}

/** The namespace of Keelson's settings in Pulumi's configuration, in a project of any name. */
export const namespace = "keelson";

/** The key under which Pulumi.yaml says what all stacks have in common. */
export const defaultsKey = "defaults";

/** The variable by which `keelson` tells the program of the file that it runs on. */
export const configFileVariable = "KEELSON_CONFIG_FILE";

/** A value of Pulumi's configuration: a structure arrives as JSON, anything else is a text for the schemas to judge. */
export function plainValue(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A text that begins like JSON.
    return text;
  }
}

function projectSections(project: Mapping, name: string): Mapping {
  const entries = sectionsIn(project, name).map(([section, value]) => {
    const stated = isMapping(value) && "value" in value ? value["value"] : value;
    return [section, structured(stated)] as const;
  });
  return Object.fromEntries(entries);
}

function stackSections(file: Mapping, name: string): Mapping {
  const entries = sectionsIn(file, name).map(([own, value]) => [own, structured(value)] as const);
  const twice = entries.map(([own]) => own).filter((own, index, all) => all.indexOf(own) < index);
  if (twice.length > 0) {
    const problems = twice.map((own) =>
      problem(own, `is set twice, as ${namespace}:${own} and as ${own}`, "keep one of them"),
    );
    throw new SettingsError(problems);
  }
  return Object.fromEntries(entries);
}

/** The sections of a file by name. Pulumi takes a key without a namespace for one of the project's own. */
function sectionsIn(file: Mapping, name: string): (readonly [string, unknown])[] {
  return Object.entries(mappingAt(file, "config")).flatMap(([key, value]) => {
    const section = ownKey(key.includes(":") ? key : `${name}:${key}`, namespace);
    return section === undefined ? [] : [[section, value] as const];
  });
}

/**
 * A project of another name has settings of its own under that name, which Keelson does not read. A file in which all are
 * would be taken for one that says nothing.
 */
function refuseUnread(project: Mapping, stack: Mapping, name: string): void {
  if (name === namespace) return;
  const keys = (file: Mapping) => Object.keys(mappingAt(file, "config"));
  const unread = [
    ...keys(project).filter((key) => [defaultsKey, `${name}:${defaultsKey}`].includes(key)),
    ...(keys(stack).some((key) => ownKey(key, namespace) !== undefined)
      ? []
      : keys(stack).filter((key) => sectionNames.has(ownKey(key, name) ?? key))),
  ];
  if (unread.length === 0) return;
  const problems = unread.map((key) =>
    problem(
      key,
      `is a setting of the project ${name}, which Keelson does not read`,
      `write it as ${namespace}:${ownKey(key, name) ?? key}`,
    ),
  );
  throw new SettingsError(problems);
}

/** `pulumi config set` without `--path` writes a structure as JSON, and Pulumi reads it as the structure. */
function structured(value: unknown): unknown {
  return typeof value === "string" ? plainValue(value) : value;
}

/** Pulumi opens what Pulumi.yaml seals, and tells neither program nor display that it is a secret. */
function refuseSealed(project: Mapping): void {
  const problems = sealedIn(project).map(({ path }) =>
    problem(
      joinPath("", path),
      "is sealed in Pulumi.yaml, where Pulumi takes no value for a secret",
      "seal it in the stack's own file (pulumi config set --secret --path)",
    ),
  );
  if (problems.length > 0) throw new SettingsError(problems);
}

function yamlFile(path: string): Mapping {
  if (!existsSync(path)) {
    throw new SettingsError([problem(path, "is not there", "write it, or name another stack")]);
  }
  const document = parseDocument(readText(path));
  let content: unknown;
  try {
    const [fault] = document.errors;
    if (fault !== undefined) throw fault;
    content = document.toJS();
  } catch (error) {
    const wrong = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new SettingsError([problem(path, `is not YAML (${wrong})`, "correct it")]);
  }
  const numbers = numberProblems(document);
  if (numbers.length > 0) throw new SettingsError(numbers);
  return isMapping(content) ? content : {};
}

function mappingAt(mapping: Mapping, key: string): Mapping {
  const value = mapping[key];
  return isMapping(value) ? value : {};
}

function ownKey(key: string, namespaceOfKey: string): string | undefined {
  const prefix = `${namespaceOfKey}:`;
  return key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
}
