import * as pulumi from "@pulumi/pulumi";
import resourceProto from "@pulumi/pulumi/proto/resource_pb.js";
import type * as protocol from "@pulumi/pulumi/proto/resource_pb.js";
import { deleteAll } from "#engine/deletions";
import { Deployment } from "#engine/deployment";
import { Display } from "#engine/display";
import type { Changes } from "#engine/display";
import { goalOf } from "#engine/goal";
import type { Provider } from "#engine/provider";
import { openProviders, recoverPending, refreshResources } from "#engine/recovery";
import { Registry } from "#engine/registry";
import { Snapshot } from "#engine/snapshot";
import type { Deployment as State } from "#engine/state";
import { Steps } from "#engine/steps";
import { fromStruct, toStruct } from "#engine/wire";

/** What a run of the embedded engine works with, in this process. */
export interface RunOptions {
  readonly state: State;
  readonly save: (state: State) => void;
  readonly providers: readonly Provider[];
  readonly stack: string;
  /** Look at the containers before. */
  readonly refresh: boolean;
  /** Pulumi's program. */
  readonly program: () => Record<string, unknown>;
}

/** Runs a program on the embedded engine as `up` does, without a process or a port of its own. */
export async function runInProcess(options: RunOptions): Promise<Changes> {
  const display = new Display(() => undefined);
  const save = (state: State) => {
    options.save(state);
    return Promise.resolve();
  };
  const snapshot = new Snapshot(options.state, save);
  const stop = new AbortController();
  const steps = new Steps(snapshot, display, { preview: false, parallel: 8, signal: stop.signal });
  const registry = new Registry(options.providers);
  const tools = { registry, snapshot, steps, display };
  openProviders(tools);
  await recoverPending(tools);
  if (options.refresh) await refreshResources(tools);
  const about = { stack: options.stack, project: "keelson", configuration: {} };
  const deployment = new Deployment({ ...about, ...tools });
  // Pulumi notes a stack trace with each of its thousands of promises, which is most of the time of a run.
  const frames = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  try {
    await drive(deployment, options, stop);
    await deployment.finish();
    snapshot.pending = [];
    await snapshot.save();
    return steps.changes;
  } finally {
    Error.stackTraceLimit = frames;
    await snapshot.flush();
  }
}

/** Deletes everything as the embedded engine's `destroy` does. */
export async function destroyInProcess(
  options: Omit<RunOptions, "program" | "refresh">,
  protectedToo: boolean,
): Promise<Changes> {
  const display = new Display(() => undefined);
  const snapshot = new Snapshot(options.state, (state) => {
    options.save(state);
    return Promise.resolve();
  });
  const { signal } = new AbortController();
  const steps = new Steps(snapshot, display, { preview: false, parallel: 8, signal });
  const registry = new Registry(options.providers);
  openProviders({ registry, snapshot, steps, display });
  try {
    await deleteAll(snapshot.base, snapshot, steps, registry, protectedToo);
    return steps.changes;
  } finally {
    await snapshot.flush();
  }
}

type Reply = (error: unknown, response: unknown) => void;
interface Monitor {
  registerResource: (request: protocol.RegisterResourceRequest, reply: Reply) => void;
  registerResourceOutputs: (request: protocol.RegisterResourceOutputsRequest, reply: Reply) => void;
}

/** Runs the program to its end, or to the end of what is under way when a step has failed. */
async function drive(
  deployment: Deployment,
  { program, stack }: RunOptions,
  stop: AbortController,
): Promise<void> {
  await pulumi.runtime.setMocks({ newResource: refuse, call: refuse }, "keelson", stack);
  const running = new Set<Promise<unknown>>();
  let failed: (error: unknown) => void = () => undefined;
  const failure = new Promise<never>((_, reject) => (failed = reject));
  const answer = <T>(act: Promise<T>, reply: (value: T) => void): void => {
    const settled = act.then(
      (value) => {
        // A program that is given up gets no answers: it would go on in the next run's.
        if (!stop.signal.aborted) reply(value);
      },
      (error: unknown) => {
        if (!stop.signal.aborted) failed(error);
        stop.abort();
      },
    );
    running.add(settled);
    void settled.finally(() => running.delete(settled));
  };
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  monitor.registerResource = (request, reply) => {
    answer(deployment.register(goalOf(request)), ({ urn, id, outputs }) => {
      const response = new resourceProto.RegisterResourceResponse().setUrn(urn).setId(id);
      reply(null, response.setObject(toStruct(outputs)));
    });
  };
  monitor.registerResourceOutputs = (request, reply) => {
    const outputs = fromStruct(request.getOutputs());
    answer(deployment.registerOutputs(request.getUrn(), outputs), () => {
      reply(null, {});
    });
  };
  try {
    await Promise.race([complete(program), failure]);
  } finally {
    await Promise.all(running);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function complete(program: RunOptions["program"]): Promise<void> {
  await pulumi.runtime.runInPulumiStack(() => Promise.resolve(program()));
  await pulumi.runtime.disconnect();
}

function refuse(): never {
  throw new Error("the stand-in for Pulumi's monitor has no such call");
}
