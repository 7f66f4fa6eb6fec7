import type { Display } from "./display.js";
import { existingOf } from "./plan.js";
import { isProviderType } from "./registry.js";
import type { Registry } from "./registry.js";
import type { Snapshot } from "./snapshot.js";
import type { PendingOperation, ResourceState } from "./state.js";
import type { Steps } from "./steps.js";
import { titleOf } from "./urn.js";
import { revealAll } from "./values.js";

/** Dependencies of recovery and refresh. */
export interface RecoveryTools {
  registry: Registry;
  snapshot: Snapshot;
  steps: Steps;
  display: Display;
}

/** Opens every provider of the state, for what is done before or without the program. */
export function openProviders({ registry, snapshot }: RecoveryTools): void {
  for (const resource of snapshot.base) if (isProviderType(resource.type)) registry.open(resource);
}

/**
 * Sees to what a killed run was in the middle of: what it was creating is adopted or removed, the
 * rest is done again by this run. The notes stay until this run has settled the resource itself.
 */
export async function recoverPending(tools: RecoveryTools): Promise<void> {
  for (const operation of [...tools.snapshot.pending]) {
    const { resource, type } = operation;
    tools.steps.interrupted.add(resource.urn);
    tools.display.print(`  ! ${titleOf(resource.urn)}: a run before was killed while ${type} it`);
    if (type === "creating") await recoverCreate(tools, operation);
    if (type === "deleting") await recoverDelete(tools, resource);
  }
  await tools.snapshot.flush();
}

/** Compares the containers of the state with what is really there. */
export async function refreshResources(tools: RecoveryTools): Promise<void> {
  const reading = tools.snapshot.base.map((resource) => refresh(tools, resource));
  await Promise.all(reading);
  await tools.snapshot.flush();
}

async function recoverCreate(tools: RecoveryTools, operation: PendingOperation): Promise<void> {
  const { registry, snapshot, steps, display } = tools;
  const { resource } = operation;
  const type = registry.typeOf(resource);
  if (type?.recover === undefined) return;
  const since = resource.modified === undefined ? {} : { interruptedSince: resource.modified };
  const context = { ...steps.context(resource.urn), ...since };
  const made = await type.recover(revealAll(resource.inputs), context);
  snapshot.settle(operation);
  snapshot.touch();
  if (made === undefined) return;
  const adopted = steps.adopt(resource, made, type);
  // Alongside a living one it is half of a replacement that this run will recreate.
  if (snapshot.find(resource.urn) !== undefined) adopted.delete = true;
  snapshot.base.push(adopted);
  display.print(`  ! ${titleOf(resource.urn)}: found and taken over`);
}

// It may be gone already, which the program, should it want the resource after all, must learn.
async function recoverDelete(tools: RecoveryTools, deleted: ResourceState): Promise<void> {
  const { registry, snapshot, steps } = tools;
  const resource = snapshot.base.find(({ urn, id }) => urn === deleted.urn && id === deleted.id);
  const type = registry.typeOf(deleted);
  if (resource === undefined || type === undefined) return;
  if (type.read !== undefined) await refresh(tools, resource);
  else if (type.recover !== undefined) {
    const found = await type.recover(revealAll(resource.inputs), steps.context(resource.urn));
    if (found === undefined) snapshot.drop(resource);
  }
}

async function refresh(tools: RecoveryTools, resource: ResourceState): Promise<void> {
  const { registry, snapshot, steps, display } = tools;
  const type = registry.typeOf(resource);
  if (type?.read === undefined || resource.pendingReplacement === true) return;
  const outputs = await type.read(existingOf(resource), steps.context(resource.urn));
  if (outputs === undefined) {
    display.print(`  ? ${titleOf(resource.urn)} no longer exists`);
    snapshot.drop(resource);
    return;
  }
  resource.outputs = steps.adopt(resource, { id: resource.id ?? "", outputs }, type).outputs;
  // The real engine's trap, kept: what was read without an error counts as whole, healthy or not.
  delete resource.initErrors;
  snapshot.touch();
}
