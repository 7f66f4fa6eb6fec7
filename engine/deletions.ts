import { referencesOf } from "#lib/resource-order";
import type { Registry } from "./registry.js";
import { protectedError } from "./plan.js";
import type { Snapshot } from "./snapshot.js";
import type { ResourceState } from "./state.js";
import type { Steps } from "./steps.js";
import { EngineError } from "./errors.js";
import { titleOf } from "./urn.js";

/**
 * Deletes resources, each after everything that refers to it, and takes them out of the state.
 * Throws before the first effect when one of them is protected, unless `protectedToo`.
 */
export async function deleteAll(
  doomed: ResourceState[],
  snapshot: Snapshot,
  steps: Steps,
  registry: Registry,
  protectedToo = false,
): Promise<void> {
  if (!protectedToo) refuseProtected(doomed);
  await inReverse(doomed, async (resource) => {
    const gone = resource.pendingReplacement === true || resource.external === true;
    await steps.delete(resource, gone ? undefined : registry.typeOf(resource), () => {
      snapshot.drop(resource);
    });
    // An old resource that was replaced is counted with its replacement.
    if (resource.delete !== true) steps.count("delete", resource);
  });
  await snapshot.flush();
}

/** Deletes, but keeps the entries, marked, until their replacements exist. */
export async function deleteFirst(
  doomed: ResourceState[],
  snapshot: Snapshot,
  steps: Steps,
  registry: Registry,
): Promise<void> {
  await inReverse(doomed, (resource) =>
    steps.delete(resource, registry.typeOf(resource), () => {
      resource.pendingReplacement = true;
      snapshot.touch();
    }),
  );
}

function refuseProtected(doomed: ResourceState[]): void {
  const guarded = doomed.filter((resource) => resource.protect === true);
  const [first, ...others] = guarded;
  if (first === undefined) return;
  if (others.length === 0) throw protectedError(first, "deleted");
  throw new EngineError(
    `These are protected and would be deleted: ${guarded.map(({ urn }) => titleOf(urn)).join(", ")}; take "protect" off them in the program first.`,
    { urn: first.urn },
  );
}

async function inReverse(
  doomed: ResourceState[],
  act: (resource: ResourceState) => Promise<void>,
): Promise<void> {
  const users = usersOf(doomed);
  const started = new Map<ResourceState, Promise<void>>();
  const remove = (resource: ResourceState): Promise<void> => {
    const running =
      started.get(resource) ??
      Promise.all((users.get(resource) ?? []).map(remove)).then(() => act(resource));
    started.set(resource, running);
    return running;
  };
  const results = await Promise.allSettled(doomed.map(remove));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function usersOf(doomed: ResourceState[]): Map<ResourceState, ResourceState[]> {
  const users = new Map<ResourceState, ResourceState[]>();
  for (const user of doomed) {
    const references = referencesOf(user);
    for (const used of doomed)
      if (references.has(used.urn)) users.set(used, [...(users.get(used) ?? []), user]);
  }
  return users;
}
