import { EngineError } from "./errors.js";
import type { Goal } from "./goal.js";
import { covers, differences, ignoring, parsePath } from "./paths.js";
import type { Existing, ResourceType } from "./provider.js";
import type { ResourceState } from "./state.js";
import { parseProvider, titleOf } from "./urn.js";
import { hasSecret, revealAll, seal, unknown } from "./values.js";
import type { Properties } from "./values.js";

/** The plan for one registered resource. */
export type Plan =
  | { operation: "create" | "same"; inputs: Properties; keys: string[] }
  | { operation: "update"; inputs: Properties; keys: string[] }
  | { operation: "replace"; inputs: Properties; keys: string[]; deleteFirst: boolean };

/** Finds the implementation of a resource of the state. */
export type TypeFinder = (resource: ResourceState) => ResourceType | undefined;

/** Decides what a registration means for the resource as the state knows it. */
export function plan(goal: Goal, type: ResourceType, old: ResourceState | undefined): Plan {
  const check = (inputs: Properties, before?: Properties): Properties =>
    sealedWhole(type, type.check(inputs, before, goal.name));
  if (old === undefined) return { operation: "create", inputs: check(goal.inputs), keys: [] };
  const wanted = ignoring(goal.inputs, old.inputs, goal.ignoreChanges);
  // The first half of this replacement, the delete, was done by a run before or by a cascade.
  if (old.pendingReplacement === true)
    return { operation: "replace", inputs: check(wanted), keys: [], deleteFirst: true };
  const inputs = check(wanted, old.inputs);
  const diff = type.diff(existingOf(old), revealAll(inputs));
  const replace = [
    ...diff.replace,
    ...forced(diff.changed, goal.replaceOnChanges, old.inputs, inputs),
  ];
  if (replace.length > 0) {
    if (old.protect === true) throw protectedError(old, "replaced");
    const deleteFirst = goal.deleteBeforeReplace ?? diff.deleteBeforeReplace;
    // Checked again without the old inputs: the replacement must not take the old one's name.
    return { operation: "replace", inputs: check(wanted), keys: unique(replace), deleteFirst };
  }
  const unfinished = (old.initErrors ?? []).length > 0;
  if (diff.changed.length > 0 || unfinished)
    return { operation: "update", inputs, keys: diff.changed };
  return { operation: "same", inputs, keys: [] };
}

/**
 * Returns the resources that must be deleted before `root` can be: all whose own replacement follows from a
 * property that will have changed, or whose provider goes. A plain `dependsOn` does not cascade.
 */
export function cascade(
  root: ResourceState,
  resources: ResourceState[],
  typeOf: TypeFinder,
): ResourceState[] {
  const replaced = new Set([root.urn]);
  const dependents: ResourceState[] = [];
  for (const resource of resources) {
    if (!resource.custom || resource.delete === true || resource.pendingReplacement === true)
      continue;
    if (replaced.has(resource.urn) || !mustFollow(resource, replaced, typeOf)) continue;
    replaced.add(resource.urn);
    dependents.push(resource);
  }
  const guarded = dependents.find((resource) => resource.protect === true);
  if (guarded !== undefined) throw protectedError(guarded, "replaced");
  return dependents;
}

/** The error for a protected resource that a run would have to remove. */
export function protectedError(resource: ResourceState, verb: "replaced" | "deleted"): EngineError {
  return new EngineError(
    `${titleOf(resource.urn)} is protected and would be ${verb}; take "protect" off it in the program first.`,
    { urn: resource.urn },
  );
}

/** A resource of the state as providers see it. */
export function existingOf(resource: ResourceState): Existing {
  return {
    id: resource.id ?? "",
    inputs: revealAll(resource.inputs),
    outputs: revealAll(resource.outputs),
    initErrors: resource.initErrors ?? [],
  };
}

/** Outputs with the secret marks that follow from the inputs, the type and the program. */
export function sealOutputs(
  outputs: Properties,
  inputs: Properties,
  type: ResourceType,
  additional: string[],
): Properties {
  const all = type.spreadsSecrets === true && Object.values(inputs).some(hasSecret);
  const secret = new Set([...(type.secretOutputs ?? []), ...additional]);
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => {
      const sealed = value !== null && (all || secret.has(key) || hasSecret(inputs[key]));
      return [key, sealed ? seal(value) : value];
    }),
  );
}

function sealedWhole(type: ResourceType, inputs: Properties): Properties {
  const result = { ...inputs };
  for (const key of type.sealedWhole ?? []) {
    const value = result[key];
    if (value !== undefined && hasSecret(value)) result[key] = seal(value);
  }
  return result;
}

function forced(
  changed: string[],
  patterns: string[],
  old: Properties,
  inputs: Properties,
): string[] {
  const parsed = patterns.map(parsePath);
  return changed.filter((key) => {
    const paths = differences(old[key], inputs[key]).map((path) => [key, ...path]);
    const places = paths.length === 0 ? [[key]] : paths;
    return places.some((path) => parsed.some((pattern) => covers(pattern, path)));
  });
}

function mustFollow(resource: ResourceState, replaced: Set<string>, typeOf: TypeFinder): boolean {
  if (resource.provider !== undefined && replaced.has(parseProvider(resource.provider).urn))
    return true;
  const affected = Object.entries(resource.propertyDependencies)
    .filter(([, urns]) => urns.some((urn) => replaced.has(urn)))
    .map(([key]) => key);
  const type = typeOf(resource);
  if (affected.length === 0 || type === undefined) return false;
  const inputs = { ...revealAll(resource.inputs) };
  for (const key of affected) inputs[key] = unknown;
  const diff = type.diff(existingOf(resource), inputs);
  const patterns = resource.replaceOnChanges ?? [];
  return (
    diff.replace.length > 0 || forced(diff.changed, patterns, resource.inputs, inputs).length > 0
  );
}

function unique(keys: string[]): string[] {
  return [...new Set(keys)];
}
