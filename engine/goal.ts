import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { parseSeconds } from "./duration.js";
import { EngineError } from "./errors.js";
import type { Timeouts } from "./state.js";
import { titleOf, urnOf } from "./urn.js";
import type { Properties } from "./values.js";
import { fromStruct } from "./wire.js";

/** Another name that a resource may have had. */
export type Alias =
  | { urn: string }
  | { name: string; type: string; stack: string; project: string; parent: string | undefined };

/** The resource that the program wants. */
export interface Goal {
  type: string;
  name: string;
  parent: string;
  custom: boolean;
  inputs: Properties;
  protect: boolean;
  retainOnDelete: boolean;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  provider: string;
  version: string;
  deleteBeforeReplace: boolean | undefined;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  aliases: Alias[];
  timeouts: Timeouts;
}

/** Reads a registration. Throws, by name, when it asks for something the engine does not do. */
export function goalOf(request: RegisterResourceRequest): Goal {
  refuse(request);
  const parent = request.getParent();
  return {
    type: request.getType(),
    name: request.getName(),
    parent,
    custom: request.getCustom(),
    inputs: fromStruct(request.getObject()),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    dependencies: request.getDependenciesList(),
    propertyDependencies: propertyDependenciesOf(request),
    provider: request.getProvider(),
    version: request.getVersion(),
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: aliasesOf(request),
    timeouts: timeoutsOf(request.getCustomtimeouts()),
  };
}

function refuse(request: RegisterResourceRequest): void {
  const asked: [boolean, string][] = [
    [request.getRemote(), "remote components"],
    [request.getImportid() !== "", "the option import"],
    [request.getDeletedwith() !== "", "the option deletedWith"],
    [request.getReplaceWithList().length > 0, "the option replaceWith"],
    [request.hasReplacementTrigger(), "the option replacementTrigger"],
    [request.getTransformsList().length > 0, "transforms"],
    [request.getPackageref() !== "", "parameterized packages"],
    [Object.values(request.getHooks()?.toObject() ?? {}).some(isFilledList), "resource hooks"],
  ];
  const found = asked.find(([is]) => is);
  if (found === undefined) return;
  const title = titleOf(urnOf("", "", "", request.getType(), request.getName()));
  throw new EngineError(
    `${title}: the embedded engine does not know ${found[1]}; use the Pulumi CLI for it.`,
  );
}

function isFilledList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function propertyDependenciesOf(request: RegisterResourceRequest): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((dependencies, key) => {
    result[key] = dependencies.getUrnsList();
  });
  return result;
}

function timeoutsOf(timeouts: RegisterResourceRequest.CustomTimeouts | undefined): Timeouts {
  const entries = Object.entries({
    create: timeouts?.getCreate() ?? "",
    update: timeouts?.getUpdate() ?? "",
    delete: timeouts?.getDelete() ?? "",
  });
  const given = entries.filter(([, text]) => text !== "");
  return Object.fromEntries(given.map(([key, text]) => [key, parseSeconds(text) ?? 0]));
}

function aliasesOf(request: RegisterResourceRequest): Alias[] {
  const plain = request.getAliasurnsList().map((urn) => ({ urn }));
  const given = request.getAliasesList().map((alias): Alias => {
    const spec = alias.getSpec();
    if (spec === undefined) return { urn: alias.getUrn() };
    return {
      name: spec.getName(),
      type: spec.getType(),
      stack: spec.getStack(),
      project: spec.getProject(),
      parent: spec.getNoparent() ? "" : spec.getParenturn() || undefined,
    };
  });
  return [...plain, ...given];
}
