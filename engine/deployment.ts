import { randomUUID } from "node:crypto";
import { deleteAll, deleteFirst } from "./deletions.js";
import type { Display } from "./display.js";
import { EngineError } from "./errors.js";
import type { Alias, Goal } from "./goal.js";
import { cascade, plan, sealOutputs } from "./plan.js";
import type { Plan } from "./plan.js";
import type { ResourceType } from "./provider.js";
import { defaultProvider, isProviderType, providerInputs } from "./registry.js";
import type { Registry } from "./registry.js";
import type { Snapshot } from "./snapshot.js";
import type { ResourceState } from "./state.js";
import type { Steps } from "./steps.js";
import { packageOf, titleOf, urnOf } from "./urn.js";
import { equal, without } from "./values.js";
import type { Properties } from "./values.js";

/** Dependencies of a run. */
export interface Tools {
  stack: string;
  project: string;
  configuration: Record<string, string>;
  registry: Registry;
  snapshot: Snapshot;
  steps: Steps;
  display: Display;
}

/** A registered resource, as the program sees it. */
export interface Registered {
  urn: string;
  id: string;
  outputs: Properties;
}

/** Turns the program's registrations into steps, as they come. */
export class Deployment {
  readonly #tools: Tools;
  readonly #registered = new Map<string, ResourceState>();
  readonly #seen = new Set<string>();
  readonly #oldUrns = new Map<string, string[]>();

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** Brings one resource to what the program wants it to be. */
  async register(goal: Goal): Promise<Registered> {
    const { stack, project, display } = this.#tools;
    const urn = urnOf(stack, project, goal.parent, goal.type, goal.name);
    if (this.#seen.has(urn))
      throw new EngineError(
        `${titleOf(urn)} is registered twice; every resource of a type needs its own name.`,
        { urn },
      );
    this.#seen.add(urn);
    display.learnAll(goal.inputs);
    const old = this.#findOld(goal, urn);
    const resource = await this.#settle(goal, urn, old);
    this.#registered.set(urn, resource);
    return { urn, id: resource.id ?? "", outputs: resource.outputs };
  }

  /** Keeps the outputs of a component or of the stack. */
  async registerOutputs(urn: string, outputs: Properties): Promise<void> {
    const resource = this.#registered.get(urn);
    if (resource === undefined)
      throw new EngineError(`Outputs came for ${titleOf(urn)}, which is not registered.`, { urn });
    this.#tools.display.learnAll(outputs);
    resource.outputs = outputs;
    this.#tools.snapshot.touch();
    await Promise.resolve();
  }

  /** Deletes what the program no longer has. Only for a program that came to its end. */
  async finish(): Promise<void> {
    const { snapshot, steps, registry } = this.#tools;
    for (const resource of snapshot.base)
      if (isProviderType(resource.type) && !this.#registered.has(resource.urn))
        registry.open(resource);
    await deleteAll(snapshot.base, snapshot, steps, registry);
  }

  async #settle(goal: Goal, urn: string, old: ResourceState | undefined): Promise<ResourceState> {
    if (!goal.custom) return this.#component(goal, urn, old);
    if (isProviderType(goal.type)) return this.#provider(goal, urn, old);
    this.#tools.registry.require(goal.type, urn);
    const draft = this.#draft(goal, urn, old);
    draft.provider = goal.provider === "" ? this.#defaultProvider(goal) : goal.provider;
    const type = this.#tools.registry.typeOf(draft);
    if (type === undefined)
      throw new EngineError(`${titleOf(urn)}: its provider ${goal.provider} is not registered.`, {
        urn,
      });
    const planned = plan(goal, type, old);
    return this.#carryOut(planned, { ...draft, inputs: planned.inputs }, type, old);
  }

  async #carryOut(
    planned: Plan,
    draft: ResourceState,
    type: ResourceType,
    old: ResourceState | undefined,
  ): Promise<ResourceState> {
    const { steps } = this.#tools;
    this.#tools.display.learnAll(draft.inputs);
    if (old === undefined || planned.operation === "create")
      return steps.create(draft, type, undefined, planned.keys);
    if (planned.operation === "update") return steps.update(draft, type, old, planned.keys);
    if (planned.operation === "replace") {
      if (planned.deleteFirst) await this.#deleteFirst(old);
      return steps.create({ ...draft, created: now() }, type, old, planned.keys);
    }
    const additional = draft.additionalSecretOutputs ?? [];
    const outputs = sealOutputs(old.outputs, draft.inputs, type, additional);
    const same = { ...draft, outputs, ...(old.modified ? { modified: old.modified } : {}) };
    steps.settle("same", same, old);
    return same;
  }

  async #deleteFirst(old: ResourceState): Promise<void> {
    if (old.pendingReplacement === true) return;
    const { registry, snapshot, steps } = this.#tools;
    // What the program has come to already is up to its own, new, inputs.
    const urns = snapshot.deployment().resources.map(({ urn }) => urn);
    const present = urns
      .filter((urn) => !this.#seen.has(urn))
      .map((urn) => snapshot.find(urn))
      .filter((resource) => resource !== undefined);
    this.#openProviders();
    const dependents = cascade(old, present, (resource) => registry.typeOf(resource));
    await deleteFirst([old, ...dependents], snapshot, steps, registry);
  }

  // What goes before its replacement may belong to a provider that the program has not come to yet.
  #openProviders(): void {
    for (const resource of this.#tools.snapshot.base)
      if (isProviderType(resource.type) && !this.#registered.has(resource.urn))
        this.#tools.registry.open(resource);
  }

  #component(goal: Goal, urn: string, old: ResourceState | undefined): ResourceState {
    const draft = { ...this.#draft(goal, urn, old), outputs: old?.outputs ?? {} };
    const changed = old !== undefined && !equal(old.inputs, goal.inputs);
    const operation = old === undefined ? "create" : changed ? "update" : "same";
    this.#tools.steps.settle(operation, draft, old);
    return draft;
  }

  #provider(goal: Goal, urn: string, old: ResourceState | undefined): ResourceState {
    const inputs = providerInputs(goal);
    const outputs = without(inputs, "__internal");
    const draft = { ...this.#draft(goal, urn, old), id: old?.id ?? randomUUID(), inputs, outputs };
    this.#tools.registry.open(draft);
    const changed = old !== undefined && !equal(old.inputs, inputs);
    const operation = old === undefined ? "create" : changed ? "update" : "same";
    this.#tools.steps.settle(operation, draft, old);
    return draft;
  }

  #defaultProvider(goal: Goal): string {
    const { stack, project, configuration, snapshot, registry, steps } = this.#tools;
    const find = (urn: string): ResourceState | undefined => snapshot.find(urn);
    const provider = defaultProvider(goal, stack, project, configuration, find);
    const known = this.#registered.get(provider.urn);
    if (known === undefined) {
      registry.open(provider);
      this.#registered.set(provider.urn, provider);
      steps.settle("same", { created: now(), ...provider, modified: now() }, find(provider.urn));
    }
    return `${provider.urn}::${(known ?? provider).id ?? packageOf(goal.type)}`;
  }

  #draft(goal: Goal, urn: string, old: ResourceState | undefined): ResourceState {
    return {
      urn,
      custom: goal.custom,
      ...(old?.id === undefined ? {} : { id: old.id }),
      type: goal.type,
      inputs: goal.inputs,
      outputs: {},
      parent: goal.parent,
      dependencies: goal.dependencies,
      propertyDependencies: goal.propertyDependencies,
      protect: goal.protect,
      retainOnDelete: goal.retainOnDelete,
      additionalSecretOutputs: goal.additionalSecretOutputs,
      customTimeouts: goal.timeouts,
      ignoreChanges: goal.ignoreChanges,
      replaceOnChanges: goal.replaceOnChanges,
      created: old?.created ?? now(),
      modified: now(),
    };
  }

  #findOld(goal: Goal, urn: string): ResourceState | undefined {
    const { snapshot } = this.#tools;
    const aliases = this.#aliasUrns(goal);
    this.#oldUrns.set(urn, aliases);
    const found = snapshot.find(urn);
    if (found !== undefined) return found;
    const alias = aliases.find((other) => snapshot.find(other) !== undefined);
    if (alias === undefined) return undefined;
    snapshot.rename(alias, urn);
    return snapshot.find(urn);
  }

  #aliasUrns(goal: Goal): string[] {
    const { stack, project } = this.#tools;
    const own = goal.aliases.map((alias) => this.#aliasUrn(goal, alias));
    const parents = this.#oldUrns.get(goal.parent) ?? [];
    const inherited = parents.map((parent) => urnOf(stack, project, parent, goal.type, goal.name));
    return [...own, ...inherited];
  }

  #aliasUrn(goal: Goal, alias: Alias): string {
    if ("urn" in alias) return alias.urn;
    return urnOf(
      alias.stack || this.#tools.stack,
      alias.project || this.#tools.project,
      alias.parent ?? goal.parent,
      alias.type || goal.type,
      alias.name || goal.name,
    );
  }
}

function now(): string {
  return new Date().toISOString();
}
