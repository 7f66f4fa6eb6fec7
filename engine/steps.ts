import type { Changes, Display, Operation } from "./display.js";
import { EngineError, messageOf, NotStarted } from "./errors.js";
import { foreseen, type Foreseen } from "./foreseen.js";
import { existingOf, sealOutputs } from "./plan.js";
import type { Context, Created, ResourceType } from "./provider.js";
import { isDefaultProvider } from "./registry.js";
import type { Snapshot } from "./snapshot.js";
import type { PendingOperation, ResourceState } from "./state.js";
import { nameOf, titleOf } from "./urn.js";
import { revealAll, without } from "./values.js";
import type { Properties } from "./values.js";

/** Options of a run. */
export interface StepOptions {
  preview: boolean;
  parallel: number;
  /** Aborted when no further step may start. */
  signal: AbortSignal;
}

/** Carries out single steps, a limited number at once, and keeps the state abreast of them. */
export class Steps {
  readonly changes: Changes = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
  readonly taken: Foreseen[] = [];
  /** Resources that a run before was killed in the middle of. */
  readonly interrupted = new Set<string>();
  readonly #snapshot: Snapshot;
  readonly #display: Display;
  readonly #options: StepOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(snapshot: Snapshot, display: Display, options: StepOptions) {
    this.#snapshot = snapshot;
    this.#display = display;
    this.#options = options;
  }

  /** Notes a resource that stays as it is, or a component's fate. */
  settle(operation: Operation, resource: ResourceState, old: ResourceState | undefined): void {
    this.count(operation, resource, old);
    if (operation !== "same") this.#announce(operation, resource.urn);
    this.#snapshot.put(resource, old);
  }

  /** Counts a step that has been, or in a preview would be, taken. */
  count(
    operation: Operation,
    resource: ResourceState,
    old?: ResourceState,
    keys: string[] = [],
  ): void {
    if (isDefaultProvider(resource)) return;
    if (operation !== "read") this.changes[operation] += 1;
    if (this.#options.preview) this.taken.push(foreseen(operation, resource, old, keys));
  }

  /** Makes `draft` real. `replaced` is the old resource that stays until the end of the run. */
  async create(
    draft: ResourceState,
    type: ResourceType,
    old: ResourceState | undefined,
    keys: string[],
  ): Promise<ResourceState> {
    const operation = old === undefined ? "create" : "replace";
    if (this.#options.preview) {
      const planned = { ...without(draft, "id"), outputs: this.#sealed(draft.inputs, draft, type) };
      this.#settleCreated(planned, old);
      this.#announce(operation, draft.urn, keys);
      this.count(operation, planned, old, keys);
      return planned;
    }
    return this.#run(operation, draft, keys, async () => {
      const pending = await this.#snapshot.begin("creating", draft);
      const made = await this.#effect(pending, (context) =>
        type.create(revealAll(draft.inputs), context),
      );
      const resource = this.adopt(draft, made, type);
      this.#settleCreated(resource, old);
      this.#snapshot.settle(pending);
      await this.#snapshot.save();
      if (made.initErrors !== undefined)
        throw new EngineError(made.initErrors.join("\n"), { urn: draft.urn });
      return resource;
    });
  }

  /** Changes `old` in place to what `draft` says. */
  async update(
    draft: ResourceState,
    type: ResourceType,
    old: ResourceState,
    keys: string[],
  ): Promise<ResourceState> {
    if (this.#options.preview) {
      const outputs = { ...old.outputs, ...draft.inputs };
      const planned = { ...draft, outputs: this.#sealed(outputs, draft, type) };
      this.#snapshot.put(planned, old);
      this.#announce("update", draft.urn, keys);
      this.count("update", planned, old, keys);
      return planned;
    }
    return this.#run("update", draft, keys, async () => {
      const pending = await this.#snapshot.begin("updating", old);
      const outputs = await this.#effect(pending, (context) =>
        type.update(existingOf(old), revealAll(draft.inputs), context),
      );
      const id = outputs["id"];
      const renamed = typeof id === "string" ? { id } : {};
      const resource = { ...draft, ...renamed, outputs: this.#sealed(outputs, draft, type) };
      this.#snapshot.put(resource, old);
      this.#snapshot.settle(pending);
      await this.#snapshot.save();
      return resource;
    });
  }

  /** Deletes a resource's real thing; `settled` says what becomes of its entry in the state. */
  async delete(
    resource: ResourceState,
    type: ResourceType | undefined,
    settled: () => void,
  ): Promise<void> {
    const operation = resource.delete === true ? "delete replaced" : "delete";
    if (this.#options.preview || type === undefined || resource.retainOnDelete === true) {
      if (type !== undefined) this.#announceDelete(operation, resource);
      settled();
      return;
    }
    await this.#run("delete", resource, [], async () => {
      const pending = await this.#snapshot.begin("deleting", resource);
      await this.#effect(pending, (context) => type.delete(existingOf(resource), context));
      settled();
      this.#snapshot.settle(pending);
      await this.#snapshot.save();
    });
  }

  /** Adopts a resource that a provider has made into the state. */
  adopt(draft: ResourceState, made: Created, type: ResourceType): ResourceState {
    const { initErrors } = made;
    return {
      ...draft,
      id: made.id,
      outputs: this.#sealed(made.outputs, draft, type),
      ...(initErrors === undefined ? {} : { initErrors }),
    };
  }

  /** The context of an operation outside a step, such as a refresh. */
  context(urn: string, signal: AbortSignal = new AbortController().signal): Context {
    return {
      urn,
      name: nameOf(urn),
      signal,
      interrupted: this.interrupted.has(urn),
      log: (line) => {
        this.#display.print(`    ${nameOf(urn)} | ${line}`);
      },
    };
  }

  #sealed(outputs: Properties, draft: ResourceState, type: ResourceType): Properties {
    const sealed = sealOutputs(outputs, draft.inputs, type, draft.additionalSecretOutputs ?? []);
    this.#display.learnOutputs(draft.type, sealed, draft.inputs);
    return sealed;
  }

  #settleCreated(resource: ResourceState, old: ResourceState | undefined): void {
    if (old === undefined || old.pendingReplacement === true) {
      this.#snapshot.put(resource, old);
    } else {
      // Created before the old one goes: that is deleted at the end of a run that succeeds.
      old.delete = true;
      this.#snapshot.put(resource);
    }
  }

  async #effect<T>(pending: PendingOperation, act: (context: Context) => Promise<T>): Promise<T> {
    const { resource, type } = pending;
    const limits = resource.customTimeouts ?? {};
    const seconds = { creating: limits.create, updating: limits.update, deleting: limits.delete };
    const limit = type === "reading" ? undefined : seconds[type];
    const signal = limit ? AbortSignal.timeout(limit * 1000) : new AbortController().signal;
    try {
      return await act(this.context(resource.urn, signal));
    } catch (error) {
      this.#snapshot.settle(pending);
      await this.#snapshot.save();
      if (signal.aborted)
        throw new EngineError(`not done within its timeout of ${limit ?? 0} s`, { cause: error });
      throw error;
    }
  }

  async #run<T>(
    operation: Operation,
    resource: ResourceState,
    keys: string[],
    act: () => Promise<T>,
  ): Promise<T> {
    await this.#enter();
    const end = this.#display.step(operation, resource.urn, reason(keys));
    try {
      const result = await act();
      if (operation !== "delete") this.count(operation, resource);
      end();
      return result;
    } catch (error) {
      end(messageOf(error));
      throw new EngineError(`${titleOf(resource.urn)}: ${messageOf(error)}`, {
        urn: resource.urn,
        cause: error,
      });
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #enter(): Promise<void> {
    while (this.#running >= this.#options.parallel)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#options.signal.aborted) throw new NotStarted();
    this.#running += 1;
  }

  #announce(operation: Operation, urn: string, keys: string[] = []): void {
    this.#display.note(operation, urn, reason(keys));
  }

  #announceDelete(operation: string, resource: ResourceState): void {
    const kept = resource.retainOnDelete === true ? "kept, no longer managed" : "";
    this.#display.note(
      "delete",
      resource.urn,
      kept === "" && operation !== "delete" ? "replaced" : kept,
    );
  }
}

function reason(keys: string[]): string {
  return keys.length === 0 ? "" : keys.join(", ");
}
