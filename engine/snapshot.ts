import { sortByReferences, withoutDangling } from "#lib/resource-order";
import type { Deployment, PendingOperation, ResourceState } from "./state.js";

/** Writes a deployment to where it is kept. */
export type Save = (deployment: Deployment) => Promise<void>;

/**
 * The state while a run goes on: what the run has settled (`done`), what is left of the run before
 * (`base`), and what is under way (`pending`). Every change that matters is on disk before the next
 * step that needs it starts.
 */
export class Snapshot {
  readonly done: ResourceState[] = [];
  base: ResourceState[];
  pending: PendingOperation[];
  readonly #save: Save;
  readonly #carried: ReadonlySet<PendingOperation>;
  #queue: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #dirty = false;

  constructor(deployment: Deployment, save: Save) {
    this.base = [...deployment.resources];
    this.pending = [...deployment.pending];
    this.#carried = new Set(deployment.pending);
    this.#save = save;
  }

  /** The live resource of that name in the state of the run before. */
  find(urn: string): ResourceState | undefined {
    return this.base.find((resource) => resource.urn === urn && resource.delete !== true);
  }

  /** Notes, on disk, that a step is about to have an effect. Returns what `settle` takes back. */
  async begin(type: PendingOperation["type"], resource: ResourceState): Promise<PendingOperation> {
    const operation = { type, resource };
    this.pending.push(operation);
    await this.save();
    return operation;
  }

  /** Takes a step off the list of those under way; the caller saves. */
  settle(operation: PendingOperation): void {
    this.pending = this.pending.filter((other) => other !== operation);
  }

  /** Puts a resource among the settled ones, in the place of `old`. */
  put(resource: ResourceState, old?: ResourceState): void {
    if (old !== undefined) this.drop(old);
    this.done.push(resource);
    // What a killed run was doing to it is settled with it.
    this.pending = this.pending.filter(
      (operation) => !this.#carried.has(operation) || operation.resource.urn !== resource.urn,
    );
    this.#dirty = true;
  }

  /** Removes a resource of the run before. */
  drop(resource: ResourceState): void {
    this.base = this.base.filter((other) => other !== resource);
    this.#dirty = true;
  }

  /** Notes that a resource was changed in place; the next write has it. */
  touch(): void {
    this.#dirty = true;
  }

  /** Gives a resource another name, also where others refer to it. */
  rename(from: string, to: string): void {
    const swap = (urn: string): string => (urn === from ? to : urn);
    for (const resource of this.base) {
      resource.urn = swap(resource.urn);
      if (resource.parent !== undefined) resource.parent = swap(resource.parent);
      resource.dependencies = resource.dependencies.map(swap);
      for (const [key, urns] of Object.entries(resource.propertyDependencies))
        resource.propertyDependencies[key] = urns.map(swap);
      if (resource.provider?.startsWith(`${from}::`) === true)
        resource.provider = to + resource.provider.slice(from.length);
    }
    this.touch();
  }

  /** Writes the state; writes asked for while another one runs become one. */
  async save(): Promise<void> {
    this.#dirty = false;
    const write = (): Promise<void> => {
      this.#waiting = undefined;
      return this.#save(this.deployment());
    };
    // A write that failed has told its own callers; the next one tries again.
    this.#waiting ??= this.#queue.then(write, write);
    this.#queue = this.#waiting;
    await this.#waiting;
  }

  /** Writes the state if something has changed since it was written last. */
  async flush(): Promise<void> {
    if (this.#dirty) await this.save();
    else await this.#queue;
  }

  /** The whole, in an order in which everything comes after what it refers to. */
  deployment(): Deployment {
    const sorted = sortByReferences([...this.done, ...this.base]);
    return { resources: withoutDangling(sorted), pending: this.pending };
  }
}
