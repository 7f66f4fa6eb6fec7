import { deleteAll } from "#engine/deletions";
import { Deployment } from "#engine/deployment";
import { Display } from "#engine/display";
import type { Goal } from "#engine/goal";
import { recoverPending } from "#engine/recovery";
import { Registry } from "#engine/registry";
import { Snapshot } from "#engine/snapshot";
import type { Deployment as State } from "#engine/state";
import { Steps } from "#engine/steps";
import type { FakeProvider } from "./fake-provider.js";
import { thing } from "./fake-provider.js";

/** A registration as the SDK would send it. */
export function goal(name: string, options: Partial<Goal> = {}): Goal {
  return {
    type: thing,
    name,
    parent: "",
    custom: true,
    inputs: {},
    protect: false,
    retainOnDelete: false,
    dependencies: [],
    propertyDependencies: {},
    provider: "",
    version: "1.0.0",
    deleteBeforeReplace: undefined,
    ignoreChanges: [],
    replaceOnChanges: [],
    additionalSecretOutputs: [],
    aliases: [],
    timeouts: {},
    ...options,
  };
}

/** A stack in memory: each run takes the state that the run before has saved. */
export class TestStack {
  readonly provider: FakeProvider;
  readonly lines: string[] = [];
  /** Every state that was saved, in order. */
  readonly saved: State[] = [];

  constructor(provider: FakeProvider) {
    this.provider = provider;
  }

  get state(): State {
    return this.saved.at(-1) ?? { resources: [], pending: [] };
  }

  /** Runs registrations one after another, then the deletes, as a program would. */
  async run(goals: Goal[], preview = false): Promise<Steps> {
    const { deployment, steps } = await this.start(preview);
    for (const each of goals) await deployment.register(each);
    await deployment.finish();
    return steps;
  }

  /** Deletes everything. */
  async destroy(protectedToo: boolean): Promise<Steps> {
    const { snapshot, steps, registry } = await this.start();
    await deleteAll(snapshot.base, snapshot, steps, registry, protectedToo);
    return steps;
  }

  /** A run that has not registered anything yet. */
  async start(preview = false) {
    const display = new Display((line) => this.lines.push(line));
    const snapshot = new Snapshot(structuredCloneOf(this.state), (state) => {
      this.saved.push(structuredCloneOf(state));
      return Promise.resolve();
    });
    const options = { preview, parallel: 4, signal: new AbortController().signal };
    const steps = new Steps(snapshot, display, options);
    const registry = new Registry([this.provider]);
    for (const resource of snapshot.base)
      if (resource.type.startsWith("pulumi:providers:")) registry.open(resource);
    if (!preview) await recoverPending({ registry, snapshot, steps, display });
    const about = { stack: "test-unit", project: "keelson", configuration: {} };
    const deployment = new Deployment({ ...about, registry, snapshot, steps, display });
    return { deployment, steps, snapshot, registry };
  }
}

// Secrets are class instances, which structuredClone would flatten; no test changes values in place.
function structuredCloneOf(state: State): State {
  return {
    resources: state.resources.map((resource) => ({ ...resource })),
    pending: state.pending.map((operation) => ({ ...operation })),
  };
}
