import { randomUUID } from "node:crypto";
import { EngineError } from "./errors.js";
import type { Goal } from "./goal.js";
import type { Provider, ResourceType } from "./provider.js";
import type { ResourceState } from "./state.js";
import { packageOf, parseProvider, titleOf, urnOf } from "./urn.js";
import { isProperties, revealAll } from "./values.js";
import type { Properties, Value } from "./values.js";
import { decode } from "./wire.js";
import type { Json } from "./wire.js";

const providerPrefix = "pulumi:providers:";
const internalKeys = ["version", "pluginDownloadURL", "pluginChecksums"];

/** The packages at hand, and the configured providers of a run by their URN. */
export class Registry {
  readonly #packages: ReadonlyMap<string, Provider>;
  readonly #opened = new Map<string, ReadonlyMap<string, ResourceType>>();

  constructor(packages: readonly Provider[]) {
    this.#packages = new Map(packages.map((provider) => [provider.package, provider]));
  }

  /** Makes a provider resource usable, with the inputs it has in this run. */
  open(provider: ResourceState): void {
    const implementation = this.#package(provider.type.slice(providerPrefix.length), provider.urn);
    const settings = settingsOf(revealAll(provider.inputs));
    const stray = Object.keys(settings).find((key) => !implementation.settings.includes(key));
    if (stray !== undefined)
      throw new EngineError(
        `${titleOf(provider.urn)}: the embedded engine does not know the provider setting "${stray}".`,
        { urn: provider.urn },
      );
    this.#opened.set(provider.urn, implementation.open(settings));
  }

  /** Throws, by name, unless the type is one that the engine has. */
  require(type: string, urn: string): void {
    if (this.#package(packageOf(type), urn).types.includes(type)) return;
    throw new EngineError(
      `${titleOf(urn)}: the embedded engine does not know the type ${type}; use the Pulumi CLI for it.`,
      { urn },
    );
  }

  /** The implementation behind a resource: its type, as its provider is configured. */
  typeOf(resource: ResourceState): ResourceType | undefined {
    if (resource.provider === undefined) return undefined;
    return this.#opened.get(parseProvider(resource.provider).urn)?.get(resource.type);
  }

  #package(name: string, urn: string): Provider {
    const found = this.#packages.get(name);
    if (found !== undefined) return found;
    throw new EngineError(
      `${titleOf(urn)}: the embedded engine has no provider "${name}"; use the Pulumi CLI for it.`,
      { urn },
    );
  }
}

/** True for the type of a provider. */
export function isProviderType(type: string): boolean {
  return type.startsWith(providerPrefix);
}

/** True for a provider that nobody requested by name. */
export function isDefaultProvider(resource: ResourceState): boolean {
  return isProviderType(resource.type) && /::default(_[\d_]+)?$/.test(resource.urn);
}

/** The state of the default provider of a package, new or as it was. */
export function defaultProvider(
  goal: Goal,
  stack: string,
  project: string,
  configuration: Record<string, string>,
  find: (urn: string) => ResourceState | undefined,
): ResourceState {
  const name = packageOf(goal.type);
  const type = `${providerPrefix}${name}`;
  const suffix = goal.version === "" ? "" : `_${goal.version.replace(/[^0-9a-zA-Z]/g, "_")}`;
  const urn = urnOf(stack, project, "", type, `default${suffix}`);
  const settings = Object.entries(configuration)
    .filter(([key]) => key.startsWith(`${name}:`))
    .map(([key, value]) => [key.slice(name.length + 1), value]);
  const version = goal.version === "" ? {} : { version: goal.version };
  const outputs = { ...Object.fromEntries(settings), ...version } as Properties;
  const old = find(urn);
  return {
    urn,
    custom: true,
    type,
    id: old?.id ?? randomUUID(),
    inputs: { __internal: {}, ...outputs },
    outputs,
    dependencies: [],
    propertyDependencies: {},
    ...(old?.created === undefined ? {} : { created: old.created }),
  };
}

/** The inputs of an explicit provider as Pulumi keeps them. */
export function providerInputs(goal: Goal): Properties {
  const version = goal.version === "" ? {} : { version: goal.version };
  return { __internal: {}, ...version, ...goal.inputs };
}

function settingsOf(inputs: Properties): Properties {
  const entries = Object.entries(inputs).filter(
    ([key]) => !key.startsWith("__") && !internalKeys.includes(key),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, parsed(value)]));
}

// The SDK hands numbers, booleans and objects of a provider's settings over as JSON text.
function parsed(value: Value): Value {
  if (typeof value !== "string" || !/^(\[|\{|true$|false$|-?\d+$)/.test(value)) return value;
  try {
    const json = decode(JSON.parse(value) as Json);
    return isProperties(json) || typeof json !== "object" || Array.isArray(json) ? json : value;
  } catch {
    // A text that only begins like JSON is a text.
    return value;
  }
}
