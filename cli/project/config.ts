import { isJson } from "#lib/is-json";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parse, parseDocument } from "yaml";
import { releasedKey } from "#config";
import { namespace } from "#config/stack-file";
import { Failure } from "../io/failure.js";
import type { Mapping } from "#lib/merge";
import type { Target } from "./target.js";

/** A copy of a stack's configuration that an engine may write to, and the folder it is in. */
export interface ConfigCopy {
  readonly directory: string;
  readonly file: string;
}

/** Options of a copy of a configuration. */
export interface CopyOptions {
  /** The app's settings of an earlier release, in the place of the stack's own. */
  readonly app?: Mapping | undefined;
  /** The state is in a backend of the user's: what seals it stands in his own file, or there. */
  readonly sealedElsewhere?: boolean;
}

/**
 * Copies a stack's configuration under `.keelson`, with the salt of its state added: Pulumi's CLI writes the
 * salt into the file it is given, which would dirty the checkout; and both engines must see the same one.
 */
export function copyConfig(
  target: Target,
  project: string,
  { app, sealedElsewhere = false }: CopyOptions = {},
): ConfigCopy {
  const directory = join(target.home.directory, "config", target.stack);
  const file = join(directory, `Pulumi.${target.stack}.yaml`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  copyFileSync(join(target.projectDirectory, "Pulumi.yaml"), join(directory, "Pulumi.yaml"));
  const document = parseDocument(readFileSync(target.configFile, "utf8"));
  const salt = sealedElsewhere
    ? undefined
    : (stateSalt(checkpointFile(target, project)) ?? saltOf(file));
  if (salt !== undefined && !document.has("encryptionsalt")) document.set("encryptionsalt", salt);
  if (app !== undefined) document.setIn(["config", `${namespace}:${releasedKey}`], app);
  writeFileSync(file, document.toString(), { mode: 0o600 });
  chmodSync(file, 0o600);
  return { directory, file };
}

/** The name of the Pulumi project in a checkout. */
export function projectName(projectDirectory: string): string {
  const text = readFileSync(join(projectDirectory, "Pulumi.yaml"), "utf8");
  return (parse(text) as { name: string }).name;
}

/** Returns the file with a stack's state. */
export function checkpointFile(target: Target, project: string): string {
  return join(target.home.state, ".pulumi", "stacks", project, `${target.stack}.json`);
}

/** The deployment in a checkpoint file; undefined when there is none yet. */
export function readDeployment(file: string): object | undefined {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  if (!isJson(text)) {
    throw new Failure(
      `The state ${file} is damaged: it is not JSON. Put back the copy that was saved before it, ${file}.bak.`,
    );
  }
  const content = JSON.parse(text) as Checkpoint;
  return content.checkpoint?.latest ?? undefined;
}

/**
 * Removes what a kill tore of the notes that Pulumi's CLI keeps next to each of its files: it writes them in place,
 * and refuses the whole state when one is empty ("failed to load checkpoint: EOF"). It does well without them.
 */
export function mendState(target: Target, project: string): void {
  const file = checkpointFile(target, project);
  const meta = join(target.home.state, ".pulumi", "meta.yaml");
  for (const each of [file, `${file}.bak`, meta]) {
    const notes = `${each}.attrs`;
    if (existsSync(notes) && !isJson(readFileSync(notes, "utf8"))) rmSync(notes);
  }
}

interface Checkpoint {
  readonly checkpoint?: { readonly latest?: object | null };
}

function stateSalt(file: string): string | undefined {
  const latest = readDeployment(file) as
    { readonly secrets_providers?: { readonly state?: { readonly salt?: string } } } | undefined;
  return latest?.secrets_providers?.state?.salt;
}

function saltOf(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const content = parse(readFileSync(file, "utf8")) as { encryptionsalt?: string } | null;
  return content?.encryptionsalt;
}
