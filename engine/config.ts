import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Crypter } from "./crypter.js";
import { EngineError } from "./errors.js";

/** Pulumi.yaml, as far as the engine needs it. */
export interface Project {
  name: string;
  /** The program's entry, relative to the project directory. */
  main: string;
  /** Arguments for node itself, such as `--import tsx`. */
  nodeArguments: string[];
  config: Record<string, unknown>;
}

/** Pulumi.<stack>.yaml, as far as the engine needs it. */
export interface StackFile {
  encryptionSalt: string | undefined;
  config: Record<string, unknown>;
}

/** The stack's configuration as the program gets it: full keys, text values, secrets opened. */
export interface Configuration {
  values: Record<string, string>;
  /** Keys whose values hold a secret, as Pulumi tells its programs. */
  secretKeys: string[];
  /** The secrets themselves, for the display to mask: what else the same keys hold is none. */
  secretTexts: string[];
}

interface ProjectYaml {
  name?: string;
  main?: string;
  runtime?: string | { name?: string; options?: { typescript?: boolean; nodeargs?: string } };
  config?: Record<string, unknown>;
}

/** Reads Pulumi.yaml. Throws when it asks for something that the embedded engine does not do. */
export async function readProject(directory: string): Promise<Project> {
  const path = join(directory, "Pulumi.yaml");
  const yaml = (parse(await read(path)) ?? {}) as ProjectYaml;
  if (yaml.name === undefined) throw new EngineError(`${path}: "name" is missing.`);
  const runtime = typeof yaml.runtime === "string" ? { name: yaml.runtime } : (yaml.runtime ?? {});
  if (runtime.name !== "nodejs")
    throw new EngineError(`${path}: the embedded engine runs "nodejs" programs only.`);
  const options = "options" in runtime ? runtime.options : undefined;
  if (options?.typescript !== false)
    throw new EngineError(
      `${path}: the embedded engine needs "runtime.options.typescript: false"; give "nodeargs: --import tsx" for TypeScript.`,
    );
  return {
    name: yaml.name,
    main: yaml.main ?? ".",
    nodeArguments: (options.nodeargs ?? "").split(/\s+/).filter((argument) => argument !== ""),
    config: yaml.config ?? {},
  };
}

/** Reads a stack's configuration file; one that does not exist is empty. */
export async function readStackFile(path: string): Promise<StackFile> {
  let text = "";
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const yaml = (parse(text) ?? {}) as {
    encryptionsalt?: string;
    config?: Record<string, unknown>;
  };
  return { encryptionSalt: yaml.encryptionsalt, config: yaml.config ?? {} };
}

/** The project's values under the stack's, with what is sealed in them opened. */
export function configure(
  project: Project,
  stack: StackFile,
  crypter: Crypter | undefined,
): Configuration {
  const merged: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(project.config)) {
    const declared = declaredValue(value);
    if (declared !== undefined) merged[fullKey(project.name, key)] = declared;
  }
  for (const [key, value] of Object.entries(stack.config))
    merged[fullKey(project.name, key)] = value;
  const configuration: Configuration = { values: {}, secretKeys: [], secretTexts: [] };
  for (const [key, value] of Object.entries(merged)) {
    const texts: string[] = [];
    const opened = open(value, crypter, texts);
    configuration.values[key] = typeof opened === "string" ? opened : JSON.stringify(opened);
    if (texts.length > 0) configuration.secretKeys.push(key);
    configuration.secretTexts.push(...texts);
  }
  return configuration;
}

const declarationKeys = new Set(["type", "description", "items", "default", "value", "secret"]);

function declaredValue(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (!Object.keys(value).every((key) => declarationKeys.has(key))) return value;
  return value["value"] ?? value["default"];
}

function fullKey(project: string, key: string): string {
  return key.includes(":") ? key : `${project}:${key}`;
}

/** The value with what is sealed in it opened; each such text is added to `texts`. */
function open(value: unknown, crypter: Crypter | undefined, texts: string[]): unknown {
  if (Array.isArray(value)) return value.map((element) => open(element, crypter, texts));
  if (!isObject(value)) return value;
  const { secure } = value;
  if (typeof secure === "string" && Object.keys(value).length === 1) {
    if (crypter === undefined)
      throw new EngineError("The stack's configuration has sealed values but no encryptionsalt.");
    const text = crypter.decrypt(secure);
    texts.push(text);
    return text;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, open(inner, crypter, texts)]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new EngineError(`${path} cannot be read.`, { cause: error });
  }
}
