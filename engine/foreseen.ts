import type { ResourceState } from "./state.js";
import { encodeAll, type Json } from "./wire.js";
import type { Properties } from "./values.js";

/** A resource as a preview shows it, in the form of `pulumi preview --json`: no secret is in it. */
export interface Shown {
  type: string;
  id?: string;
  /** Secrets are `[secret]`; what is not known yet is Pulumi's mark of that. */
  inputs: Record<string, Json>;
  outputs: Record<string, Json>;
  protect: boolean;
  retainOnDelete: boolean;
}

/** A step that a run would take. */
export interface Foreseen {
  op: string;
  urn: string;
  /** Names of the inputs whose change is the reason. */
  diffReasons?: string[];
  oldState?: Shown;
  newState?: Shown;
}

/** Returns a preview's description of one step. */
export function foreseen(
  op: string,
  resource: ResourceState,
  old: ResourceState | undefined,
  keys: string[],
): Foreseen {
  const before = op === "delete" ? resource : old;
  return {
    op,
    urn: resource.urn,
    diffReasons: keys,
    ...(before === undefined ? {} : { oldState: shown(before) }),
    ...(op === "delete" ? {} : { newState: shown(resource) }),
  };
}

function shown({ type, id, inputs, outputs, protect, retainOnDelete }: ResourceState): Shown {
  return {
    type,
    ...(id === undefined ? {} : { id }),
    inputs: masked(inputs),
    outputs: masked(outputs),
    protect: protect === true,
    retainOnDelete: retainOnDelete === true,
  };
}

function masked(properties: Properties): Record<string, Json> {
  return encodeAll(properties, () => "[secret]");
}
