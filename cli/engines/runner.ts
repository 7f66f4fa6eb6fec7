import { isMapping, type Mapping } from "#lib/merge";
import type { Referring } from "#lib/resource-order";

/** Changes of a run, by the engine's own count. */
export interface Changes {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly same: number;
}

/** A stack's outputs. */
export type Outputs = Record<string, { readonly value: unknown; readonly secret: boolean }>;

/** The result of a run. */
export interface Result {
  readonly changes: Changes;
  readonly seconds: number;
  readonly outputs: Outputs;
}

/** One step of a preview, as `pulumi preview --json` has it: `same` is one too. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  /** Names of the inputs whose change is the reason. */
  readonly diffReasons?: readonly string[] | undefined;
  readonly oldState?: StepState | undefined;
  readonly newState?: StepState | undefined;
}

/** A resource before or after a step. Secrets are `[secret]`, what is not known yet is Pulumi's mark of that. */
export interface StepState {
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
}

/** A resource as the state holds it, and those whose creation a kill interrupted. */
export interface Recorded {
  readonly resources: readonly RecordedResource[];
  readonly pending: readonly Pick<RecordedResource, "urn" | "type">[];
}

/** A resource of the state. */
export interface RecordedResource extends Referring {
  readonly type: string;
  readonly id?: string;
  /** It was replaced, and is deleted at the end of the next run that succeeds. */
  readonly delete?: boolean;
  /** The engine forgets it where it would delete it. */
  readonly retainOnDelete?: boolean;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
}

/**
 * Makes the resources of a state into others; undefined: it is left as it is. What is sealed in them stays sealed.
 * @param exclusive no other run can be under way meanwhile
 */
export type StateEdit = (
  resources: readonly RecordedResource[],
  exclusive: boolean,
) => Promise<readonly RecordedResource[] | undefined>;

/** Options of bringing up a stack. */
export interface UpOptions {
  readonly refresh: boolean;
  /** The app's settings instead of the stack's own: those of an earlier release. */
  readonly app?: Mapping;
}

/** An engine at work on one stack. */
export interface Runner {
  /** Brings the stack to what the program says; with an `app`, to what it says with these settings of the app. */
  readonly up: (options: UpOptions) => Promise<Result>;
  readonly preview: () => Promise<Result & { readonly steps: readonly Step[] }>;
  /** Removes what the stack made; protected resources only when told so. */
  readonly destroy: (options: { protectedToo: boolean }) => Promise<Result>;
  readonly outputs: () => Promise<Outputs>;
  /** Values of the injected secrets by their names, as the last run has sealed them; none before the first. */
  readonly injected: () => Promise<Readonly<Record<string, string>>>;
  /** Outputs of the resource of a type, and of a name where one is given, as the last run has left them; none where there is no such resource. */
  readonly resource: (type: string, name?: string) => Promise<Outputs>;
  readonly recorded: () => Promise<Recorded>;
  /**
   * Makes sure that no other run is under way. False where that can't be known, or where the engine clears by
   * itself what a kill left: then nothing is removed that the state does not refer to.
   */
  readonly settle: () => Promise<boolean>;
  /** Changes the state between two runs; says whether it did. */
  readonly edit: (edit: StateEdit) => Promise<boolean>;
  /**
   * Gives the stack another name, and its state with it; the settings stay. `between` runs when the state has the new
   * name, before anything of the old one is removed.
   */
  readonly rename: (to: string, between: () => void) => Promise<void>;
  /** Makes the state forget recorded containers that are gone, and interrupted creations. */
  readonly forget: (urns: readonly string[]) => Promise<void>;
}

/** The type of what holds all others. */
export const stackType = "pulumi:pulumi:Stack";

/** The types that repairs are about. */
export const containerType = "docker:index/container:Container";
export const volumeType = "docker:index/volume:Volume";
export const networkType = "docker:index/network:Network";

/** Nothing changed, nothing there. */
export const noChanges: Changes = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };

/** Returns the number of resources that a run touched other than to create or keep them. */
export function changedOf(changes: Changes): number {
  return changes.update + changes.replace + changes.delete;
}

/** Changes as text. */
export function changesText(changes: Changes): string {
  const { create, same } = changes;
  return `${create} created, ${changedOf(changes)} changed, ${same} same`;
}

interface Deployment {
  readonly resources?: readonly RecordedResource[];
  readonly pending_operations?: readonly { resource: RecordedResource; type: string }[];
}

/** Returns the resources of a deployment in Pulumi's format. */
export function recordedIn(deployment: object | undefined): Recorded {
  const { resources = [], pending_operations: operations = [] } = (deployment ?? {}) as Deployment;
  const pending = operations.filter((each) => each.type === "creating");
  return { resources, pending: pending.map((each) => each.resource) };
}

/** The type of the component that keeps injected secrets, under `injected`. */
export const secretsType = "keelson:components:Secrets";

/** The injected secrets among the outputs of their component. */
export function injectedIn(outputs: Outputs): Readonly<Record<string, string>> {
  const { value } = outputs["injected"] ?? {};
  if (!isMapping(value)) return {};
  const texts = Object.entries(value).filter((pair): pair is [string, string] => {
    return typeof pair[1] === "string";
  });
  return Object.fromEntries(texts);
}

/**
 * The outputs of the stack, or of its resource of another type and name, in a deployment that was exported with its
 * secrets in clear.
 */
export function outputsIn(
  deployment: object | undefined,
  type = stackType,
  name?: string,
): Outputs {
  const isNamed = (urn: string) => name === undefined || urn.endsWith(`::${name}`);
  const { resources } = recordedIn(deployment);
  const found = resources.find((each) => each.type === type && isNamed(each.urn));
  const entries = Object.entries(found?.outputs ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, opened(value)]));
}

// Pulumi's marker of a special value, and its mark of a secret.
const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

function opened(value: unknown): Outputs[string] {
  if (typeof value === "object" && value !== null && signature in value) {
    const special = value as { readonly plaintext?: string; readonly [signature]: unknown };
    if (special[signature] === secretMark) {
      const clear = special.plaintext;
      return {
        value: clear === undefined ? undefined : (JSON.parse(clear) as unknown),
        secret: true,
      };
    }
  }
  return { value, secret: false };
}
