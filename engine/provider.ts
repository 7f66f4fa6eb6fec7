import type { Properties } from "./values.js";

/** Context of an operation: the resource it is for, and the destination of its output. */
export interface Context {
  urn: string;
  /** The logical name. */
  name: string;
  /** Prints a line under the resource; masked by the engine. */
  log: (line: string) => void;
  /** Aborted when the run is to end at once, or the resource's own timeout is over. */
  signal: AbortSignal;
  /** The run before was killed in the middle of this very operation. */
  interrupted: boolean;
  /** Time at which that operation began. */
  interruptedSince?: string;
}

/** A resource made. `initErrors`: it exists, but is not what it should be. */
export interface Created {
  id: string;
  outputs: Properties;
  initErrors?: string[];
}

/** A resource that is changed, read or deleted. No secret marks in it. */
export interface Existing {
  id: string;
  inputs: Properties;
  outputs: Properties;
  initErrors: string[];
}

/** The meaning of a change of inputs. Keys are names of top-level inputs. */
export interface Diff {
  changed: string[];
  replace: string[];
  deleteBeforeReplace: boolean;
}

/**
 * One type of resource. Values come without secret marks; the engine puts them back. Unknown values
 * come only to `check` and `diff`, in a preview.
 */
export interface ResourceType {
  /** Refuses wrong inputs and fills in defaults; `old` is undefined for a new one or a replacement. */
  check(inputs: Properties, old: Properties | undefined, name: string): Properties;
  diff(existing: Existing, inputs: Properties): Diff;
  create(inputs: Properties, context: Context): Promise<Created>;
  update(existing: Existing, inputs: Properties, context: Context): Promise<Properties>;
  delete(existing: Existing, context: Context): Promise<void>;
  /** Its present outputs, or undefined when it no longer exists. Absent: not refreshed. */
  read?(existing: Existing, context: Context): Promise<Properties | undefined>;
  /**
   * Returns the result of a create that a kill interrupted: the resource, adopted; or undefined when nothing of
   * it is left (any more).
   */
  recover?(inputs: Properties, context: Context): Promise<Created | undefined>;
  /** Outputs that are secret whatever the inputs are. */
  readonly secretOutputs?: readonly string[];
  /** All outputs are secret as soon as one input is. */
  readonly spreadsSecrets?: boolean;
  /** Inputs that are sealed as a whole when a part of them is secret: the real provider's sets. */
  readonly sealedWhole?: readonly string[];
}

/** A package of resource types. */
export interface Provider {
  readonly package: string;
  /** Inputs that the provider itself takes. */
  readonly settings: readonly string[];
  readonly types: readonly string[];
  /** The types, working with these settings. Must not do anything yet: previews call it too. */
  open(settings: Properties): ReadonlyMap<string, ResourceType>;
}
