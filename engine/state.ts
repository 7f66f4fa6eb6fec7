import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Crypter } from "./crypter.js";
import { EngineError } from "./errors.js";
import { Secret } from "./values.js";
import type { Properties } from "./values.js";
import { decode, decodeAll, encode, encodeAll, secretSignature, signatureKey } from "./wire.js";
import type { Json } from "./wire.js";

/** Seconds a resource's operations may take; zero or absent: as long as they need. */
export interface Timeouts {
  create?: number;
  update?: number;
  delete?: number;
}

/** One resource as the state keeps it: Pulumi's ResourceV3, the fields that this engine knows. */
export interface ResourceState {
  urn: string;
  custom: boolean;
  id?: string;
  type: string;
  inputs: Properties;
  outputs: Properties;
  parent?: string;
  dependencies: string[];
  provider?: string;
  propertyDependencies: Record<string, string[]>;
  protect?: boolean;
  retainOnDelete?: boolean;
  external?: boolean;
  delete?: boolean;
  pendingReplacement?: boolean;
  initErrors?: string[];
  additionalSecretOutputs?: string[];
  customTimeouts?: Timeouts;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
  created?: string;
  modified?: string;
}

/** A step that was under way when the state was written. */
export interface PendingOperation {
  type: "creating" | "updating" | "deleting" | "reading";
  resource: ResourceState;
}

/** Contents of a state file. */
export interface Deployment {
  resources: ResourceState[];
  pending: PendingOperation[];
}

/** The state file as JSON: version 3 of Pulumi's file-backend checkpoint. */
export interface Checkpoint {
  version: number;
  checkpoint: {
    stack: string;
    latest?: {
      secrets_providers?: { type: string; state?: { salt?: string } };
      resources?: Record<string, Json>[];
      pending_operations?: { type: PendingOperation["type"]; resource: Record<string, Json> }[];
    };
  };
}

/** Writer that the manifest of a state names. */
export const engineVersion = "keelson-embedded-engine";

const ciphertexts = new WeakMap<Secret, string>();

/** Returns the path of a stack's state: the same as in Pulumi's own file backend. */
export function statePath(stateDirectory: string, project: string, stack: string): string {
  return join(stateDirectory, ".pulumi", "stacks", project, `${stack}.json`);
}

/** The state file's content, or undefined when the stack has none yet. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const checkpoint = JSON.parse(text) as Checkpoint;
  if (checkpoint.version !== 3)
    throw new EngineError(
      `${path}: state version ${checkpoint.version} is not known; the embedded engine reads version 3.`,
    );
  return checkpoint;
}

/** The salt a state was sealed with. Throws when it was not a passphrase that sealed it. */
export function saltOf(checkpoint: Checkpoint | undefined): string | undefined {
  const provider = checkpoint?.checkpoint.latest?.secrets_providers;
  if (provider === undefined) return undefined;
  if (provider.type !== "passphrase")
    throw new EngineError(
      `The stack's secrets are sealed by "${provider.type}"; the embedded engine knows only passphrases.`,
    );
  return provider.state?.salt;
}

/** Opens the sealed values of a state file. */
export function decodeCheckpoint(checkpoint: Checkpoint | undefined, crypter: Crypter): Deployment {
  const latest = checkpoint?.checkpoint.latest;
  return {
    resources: (latest?.resources ?? []).map((json) => decodeResource(json, crypter)),
    pending: (latest?.pending_operations ?? []).map(({ type, resource }) => ({
      type,
      resource: decodeResource(resource, crypter),
    })),
  };
}

/** A deployment as Pulumi's JSON, secrets sealed. */
export function encodeDeployment(deployment: Deployment, crypter: Crypter): Record<string, Json> {
  const resources = deployment.resources.map((resource) => encodeResource(resource, crypter));
  const pending = deployment.pending.map(({ type, resource }) => ({
    resource: encodeResource(resource, crypter),
    type,
  }));
  return {
    manifest: manifest(),
    secrets_providers: { type: "passphrase", state: { salt: crypter.salt } },
    resources,
    ...(pending.length === 0 ? {} : { pending_operations: pending }),
    metadata: {},
  };
}

/**
 * Writes a file so that a reader, or a kill, sees the old content or the new one, never a part.
 * Nobody else may write to `part` meanwhile: the state has its lock for that.
 */
export async function writeAtomically(
  path: string,
  text: string,
  part = `${path}.part`,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(part, "w", 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Keeps the last state of the run before as `.bak`, as Pulumi's file backend does. */
export async function backUp(path: string): Promise<void> {
  try {
    await copyFile(path, `${path}.bak`);
    await chmod(`${path}.bak`, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

// Pulumi's own check that nobody has altered the manifest.
function manifest(): Record<string, Json> {
  const magic = createHash("sha256").update(engineVersion).digest("hex");
  return { time: new Date().toISOString(), magic, version: engineVersion };
}

function encodeResource(resource: ResourceState, crypter: Crypter): Record<string, Json> {
  const sealer = (secret: Secret): Json => ({
    [signatureKey]: secretSignature,
    ciphertext: ciphertextOf(secret, crypter),
  });
  const { inputs, outputs, ...rest } = resource;
  const json = {
    ...rest,
    ...(Object.keys(inputs).length === 0 ? {} : { inputs: encodeAll(inputs, sealer) }),
    ...(Object.keys(outputs).length === 0 ? {} : { outputs: encodeAll(outputs, sealer) }),
  };
  // Absent, false and empty are the same to Pulumi; its own files leave them out.
  return Object.fromEntries(
    Object.entries(json).filter(([key, value]) => key === "custom" || !isBlank(value as Json)),
  ) as Record<string, Json>;
}

function isBlank(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function ciphertextOf(secret: Secret, crypter: Crypter): string {
  const known = ciphertexts.get(secret);
  if (known !== undefined) return known;
  const plain = encode(secret.value, (inner) => encode(inner.value, () => null));
  const text = crypter.encrypt(JSON.stringify(plain));
  ciphertexts.set(secret, text);
  return text;
}

function decodeResource(json: Record<string, Json>, crypter: Crypter): ResourceState {
  const unseal = (ciphertext: string): Secret => {
    const secret = new Secret(decode(JSON.parse(crypter.decrypt(ciphertext)) as Json));
    ciphertexts.set(secret, ciphertext);
    return secret;
  };
  const { inputs, outputs, ...rest } = json;
  delete rest["sourcePosition"];
  delete rest["stackTrace"];
  return {
    dependencies: [],
    propertyDependencies: {},
    ...(rest as Partial<ResourceState>),
    inputs: decodeAll((inputs ?? {}) as Record<string, Json>, unseal),
    outputs: decodeAll((outputs ?? {}) as Record<string, Json>, unseal),
  } as ResourceState;
}
