import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type * as protocol from "@pulumi/pulumi/proto/resource_pb.js";

/** What the engine is asked to register: all of it, options too, which Pulumi's own mocks never see. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** URN of its parent. */
  readonly parent: string;
  readonly custom: boolean;
  /** As sent: a secret is still wrapped, see `isSecret` and `plain`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: {
    readonly protect: boolean;
    readonly retainOnDelete: boolean;
    /** Undefined where the provider decides. */
    readonly deleteBeforeReplace: boolean | undefined;
    readonly replaceOnChanges: readonly string[];
    readonly additionalSecretOutputs: readonly string[];
    readonly ignoreChanges: readonly string[];
    readonly provider: string;
  };
  /** URNs of everything that must be done before it: `dependsOn`, and whatever its inputs come from. */
  readonly waitsFor: readonly string[];
  /** What a component or the stack says of itself when it is complete, secrets still wrapped. */
  outputs?: Readonly<Record<string, unknown>>;
}

/** Everything that one run registered, in the order in which it was asked for. */
export class Run {
  readonly registrations: Registration[] = [];
  /** The values that the mocks made up in place of random ones. */
  readonly generated: string[] = [];

  /** `<type> <name>` of each, sorted. */
  get names(): string[] {
    return this.registrations.map(({ type, name }) => `${type} ${name}`).sort();
  }

  /** Resources of a type, such as `docker:index/container:Container`. */
  ofType(type: string): Registration[] {
    return this.registrations.filter((each) => each.type === type);
  }

  /** The only resource of this name; components and providers aside. @throws Error when there is not just one */
  get(name: string): Registration {
    const found = this.registrations.filter(
      (each) => each.name === name && each.custom && !each.type.startsWith("pulumi:"),
    );
    const [only] = found;
    if (only === undefined || found.length > 1) {
      throw new Error(`${String(found.length)} resources are named ${name}`);
    }
    return only;
  }

  /** Inputs of a resource with nothing wrapped. */
  inputs(name: string): Record<string, unknown> {
    return plain(this.get(name).inputs) as Record<string, unknown>;
  }

  /**
   * Names of the custom resources that must be done before one of this name, however indirectly. A child is
   * registered after its parent, so what its parents wait for counts.
   */
  before(name: string): string[] {
    const seen = new Set<Registration>();
    const visit = (each: Registration): void => {
      for (const urn of [...each.waitsFor, each.parent]) {
        const next = this.registrations.find((other) => other.urn === urn);
        if (next === undefined || seen.has(next)) continue;
        seen.add(next);
        visit(next);
      }
    };
    visit(this.get(name));
    return [...seen].filter(({ custom }) => custom).map((each) => each.name);
  }

  /** What the stack shows to a person and to other programs, secrets still wrapped. */
  get stackOutputs(): Readonly<Record<string, unknown>> {
    const [stack] = this.ofType("pulumi:pulumi:Stack");
    if (stack?.outputs === undefined) throw new Error("the stack is not complete");
    return stack.outputs;
  }
}

/** What surrounds a program that is run. */
export interface Surroundings {
  readonly stack?: string;
  /** Outputs of resources that the state has already, by name. */
  readonly state?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly preview?: boolean;
}

/** Runs a program as Pulumi does, with a stack around it, and waits until it is complete. */
export async function registered(
  act: () => Record<string, unknown> | Promise<Record<string, unknown>>,
  { stack = "test", state = {}, preview = false }: Surroundings = {},
): Promise<Run> {
  const run = new Run();
  // Pulumi notes a stack trace with each of its thousands of promises, which is most of the time of a test.
  const frames = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  try {
    await pulumi.runtime.setMocks(
      { newResource: answer(run, state, preview), call: noCalls },
      "keelson",
      stack,
      preview,
    );
    recordRequests(run);
    await pulumi.runtime.runInPulumiStack(() => Promise.resolve(act()));
    await pulumi.runtime.disconnect();
  } finally {
    Error.stackTraceLimit = frames;
  }
  return run;
}

/** The value of an output, once it is known. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => {
      resolve(value);
    });
  });
}

/** True for a value that is sent, and kept, as a secret. */
export function isSecret(value: unknown): boolean {
  return pulumi.runtime.isRpcSecret(value);
}

/** A value with its secrets, at whatever depth, taken out of their wrappers. */
export function plain(value: unknown): unknown {
  if (isSecret(value)) return plain(pulumi.runtime.unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** Everything that a run sends to the engine, as text, with nothing in it that is wrapped as a secret. */
export function inClear(run: Run): string {
  const sent = run.registrations.map(({ inputs, outputs }) => [inputs, outputs]);
  return JSON.stringify(sent, (_, inner: unknown) => (isSecret(inner) ? "[secret]" : inner));
}

type Reply = (error: unknown, response: unknown) => void;
interface Monitor {
  registerResource: (request: protocol.RegisterResourceRequest, reply: Reply) => Promise<void>;
  registerResourceOutputs: (request: protocol.RegisterResourceOutputsRequest, reply: Reply) => void;
}

/** Pulumi's mock monitor hands on type, name and inputs; the request holds the rest. */
function recordRequests(run: Run): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, reply) => {
    let urn = "";
    const record = recorded(request, () => urn);
    run.registrations.push(record);
    return register(request, (error, response) => {
      urn = (response as protocol.RegisterResourceResponse | undefined)?.getUrn() ?? "";
      reply(error, response);
    });
  };
  const complete = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, reply) => {
    const record = run.registrations.find((each) => each.urn === request.getUrn());
    if (record !== undefined) record.outputs = properties(request.getOutputs());
    complete(request, reply);
  };
}

function recorded(request: protocol.RegisterResourceRequest, urn: () => string): Registration {
  return {
    type: request.getType(),
    name: request.getName(),
    get urn() {
      return urn();
    },
    parent: request.getParent(),
    custom: request.getCustom(),
    inputs: properties(request.getObject()),
    options: {
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      deleteBeforeReplace: request.getDeletebeforereplacedefined()
        ? request.getDeletebeforereplace()
        : undefined,
      replaceOnChanges: request.getReplaceonchangesList(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      ignoreChanges: request.getIgnorechangesList(),
      provider: request.getProvider(),
    },
    waitsFor: request.getDependenciesList(),
  };
}

function properties(struct: unknown): Record<string, unknown> {
  const values: Record<string, unknown> = pulumi.runtime.deserializeProperties(
    struct as Parameters<typeof pulumi.runtime.deserializeProperties>[0],
  );
  return values;
}

/** What providers would answer: names and ids as they make them, and values that nobody may see. */
function answer(run: Run, present: NonNullable<Surroundings["state"]>, preview: boolean) {
  return ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
    const record = run.registrations.findLast((each) => each.type === type && each.name === name);
    const secretOutputs = record?.options.additionalSecretOutputs ?? [];
    const state: Record<string, unknown> = {
      ...(inputs as Record<string, unknown>),
      ...computed(type, name, inputs as Record<string, unknown>),
      ...present[name],
    };
    if (typeof state["result"] === "string") run.generated.push(state["result"]);
    for (const key of secretOutputs) {
      if (state[key] !== undefined) state[key] = pulumi.secret(state[key]);
    }
    // The engine's answer to a preview has none for what is yet to be made.
    const id = preview && present[name] === undefined ? undefined : `${name}-id`;
    return { id, state };
  };
}

function computed(type: string, name: string, inputs: Record<string, unknown>) {
  const named = { name: inputs["name"] ?? `${name}-1234567` };
  switch (type) {
    case "random:index/randomPassword:RandomPassword":
      return { result: generatedValue(name, inputs["overrideSpecial"] !== undefined) };
    case "command:local:Command":
      // Of the one step whose output is used: the repository's passphrase.
      return { stdout: name.endsWith("-passphrase-kept") ? "canary-passphrase" : "", stderr: "" };
    case "docker:index/network:Network":
      return { ...named, ipamConfigs: [{ subnet: "172.30.0.0/16", gateway: "172.30.0.1" }] };
    case "docker:index/container:Container":
    case "docker:index/volume:Volume":
      return named;
    default:
      return {};
  }
}

/** What the mocks answer for a generated value, so that a test can look for it; `hex`: 32 bytes as digits. */
export function generatedValue(name: string, hex = false): string {
  return hex ? createHash("sha256").update(name).digest("hex") : `canary-generated-${name}`;
}

function noCalls({ token }: pulumi.runtime.MockCallArgs): never {
  throw new Error(`the program calls ${token}, which no test expects`);
}
