import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { configure, readProject, readStackFile } from "./config.js";
import type { Configuration, Project, StackFile } from "./config.js";
import { Crypter } from "./crypter.js";
import { Display } from "./display.js";
import { EngineError } from "./errors.js";
import type { Provider } from "./provider.js";
import { providers } from "./providers/index.js";
import { Registry } from "./registry.js";
import { Snapshot } from "./snapshot.js";
import {
  backUp,
  decodeCheckpoint,
  encodeDeployment,
  readCheckpoint,
  saltOf,
  statePath,
  writeAtomically,
} from "./state.js";
import type { Checkpoint, Deployment } from "./state.js";
import type { Json } from "./wire.js";

/** Steps at once, unless an option says otherwise. */
export const defaultParallel = 8;

/** Options of a run of the engine. */
export interface EngineOptions {
  /** Folder of Pulumi.yaml. */
  projectDirectory: string;
  stack: string;
  /** Folder of `.pulumi/stacks/…`, which may not exist yet: the one in `PULUMI_BACKEND_URL=file://…`. */
  stateDirectory: string;
  passphrase: string;
  /** The stack's configuration; by default `Pulumi.<stack>.yaml` next to Pulumi.yaml. */
  configFile?: string;
  /** Environment of the program and the commands; by default the process's own. */
  environment?: NodeJS.ProcessEnv;
  /** Gets every line of progress, masked; by default nothing is printed. */
  output?: (line: string) => void;
  /** Look at the containers before: one that has stopped or is gone is repaired by this run. */
  refresh?: boolean;
  /** Steps at once, 8 by default. */
  parallel?: number;
  /** Change stacks other than `local` and `test-*` too. */
  allowAnyStack?: boolean;
  /** `destroy` removes what is protected as well. */
  protectedToo?: boolean;
  /** Aborting it ends the run after the steps that are under way. */
  signal?: AbortSignal;
  /** Other packages than the engine's own: for tests. */
  providers?: readonly Provider[];
}

/** A stack, opened. */
export interface Session {
  options: EngineOptions;
  project: Project;
  configuration: Configuration;
  crypter: Crypter;
  checkpoint: Checkpoint | undefined;
  display: Display;
  registry: Registry;
}

/** Reads the project, the stack's configuration and its state, and unlocks what is sealed. */
export async function openSession(options: EngineOptions): Promise<Session> {
  const display = new Display(options.output ?? (() => undefined));
  display.learnText(options.passphrase);
  const project = await readProject(options.projectDirectory);
  const configFile =
    options.configFile ?? join(options.projectDirectory, `Pulumi.${options.stack}.yaml`);
  const stackFile = await readStackFile(configFile);
  const checkpoint = await readCheckpoint(pathOf(options, project));
  const ofState = await stateCrypter(options.passphrase, saltOf(checkpoint));
  const ofConfig = await configCrypter(options.passphrase, ofState, stackFile, configFile);
  const crypter = ofState ?? ofConfig ?? (await Crypter.create(options.passphrase));
  const configuration = configure(project, stackFile, ofConfig);
  for (const text of configuration.secretTexts) learnSecrets(display, text);
  const registry = new Registry(
    options.providers ?? providers(environmentOf(options), resolve(options.projectDirectory)),
  );
  return { options, project, configuration, crypter, checkpoint, display, registry };
}

/** The environment that the program and the commands see. */
export function environmentOf(options: EngineOptions): NodeJS.ProcessEnv {
  return options.environment ?? process.env;
}

/** The state that a run works on; `readOnly`: nothing is ever written. */
export async function openSnapshot(session: Session, readOnly: boolean): Promise<Snapshot> {
  const { options, project, crypter, display } = session;
  const path = pathOf(options, project);
  // Read again: with the lock held, nobody changes it any more.
  session.checkpoint = await readCheckpoint(path);
  const deployment = decodeCheckpoint(session.checkpoint, crypter);
  for (const resource of [...deployment.resources, ...deployment.pending.map((p) => p.resource)]) {
    display.learnAll(resource.inputs);
    display.learnOutputs(resource.type, resource.outputs, resource.inputs);
  }
  if (readOnly) return new Snapshot(deployment, () => Promise.resolve());
  await backUp(path);
  await prepareBackend(options.stateDirectory);
  return new Snapshot(deployment, (current) =>
    writeAtomically(path, JSON.stringify(fileOf(session, current))),
  );
}

/** Throws unless the engine may change this stack. */
export function refuseForeignStack(options: EngineOptions): void {
  const { stack } = options;
  if (options.allowAnyStack === true || stack === "local" || stack.startsWith("test-")) return;
  throw new EngineError(
    `The embedded engine changes only the stack "local" and test stacks (test-…), not "${stack}"; use the Pulumi CLI, or name the embedded engine explicitly.`,
  );
}

function fileOf(session: Session, deployment: Deployment): Record<string, Json> {
  const { project, options, crypter } = session;
  return {
    version: 3,
    checkpoint: {
      stack: `organization/${project.name}/${options.stack}`,
      latest: encodeDeployment(deployment, crypter),
    },
  };
}

function pathOf(options: EngineOptions, project: Project): string {
  return statePath(resolve(options.stateDirectory), project.name, options.stack);
}

// Pulumi's own file backend reads this file to know that stacks lie in a folder per project.
async function prepareBackend(stateDirectory: string): Promise<void> {
  const path = join(stateDirectory, ".pulumi", "meta.yaml");
  if (existsSync(path)) return;
  // Stacks share the file, but not a lock; each writes its own part, and all write the same.
  await writeAtomically(path, "version: 1\n", `${path}.${randomUUID()}.part`);
}

async function stateCrypter(passphrase: string, salt: string | undefined) {
  return salt === undefined ? undefined : Crypter.open(passphrase, salt);
}

async function configCrypter(
  passphrase: string,
  ofState: Crypter | undefined,
  { encryptionSalt: salt }: StackFile,
  configFile: string,
): Promise<Crypter | undefined> {
  if (salt === undefined) return undefined;
  if (salt === ofState?.salt) return ofState;
  try {
    return await Crypter.open(passphrase, salt);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(
      `${configFile} was sealed with another passphrase than this stack's; remove its encryptionsalt, and seal its values again with the passphrase of the stack.`,
      { cause: error },
    );
  }
}

function learnSecrets(display: Display, text: string): void {
  display.learnText(text);
  const learn = (value: unknown): void => {
    if (typeof value === "string") display.learnText(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(learn);
  };
  learn(structureIn(text));
}

/** A sealed structure; undefined for a text, also one that begins like a structure. */
function structureIn(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's message would quote the secret.
    return undefined;
  }
}
