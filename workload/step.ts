import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { dockerCommand, stepCommand, type StepName } from "./one-shot.js";
import type { Platform } from "./platform.js";

/** Arguments of a step: parameters in its environment, further ones on standard input. */
export interface StepArgs {
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  readonly stdin?: pulumi.Input<string>;
  /** True for output that is no secret, and for the state rather than for a person. */
  readonly records?: boolean;
  /** The step that is run when the resource is no more. */
  readonly undo?: StepName;
}

/** A command in a container, as the step `in-container` takes it. */
export interface ContainerCommand {
  readonly args: readonly string[];
  /** It goes on by itself. */
  readonly detached?: boolean;
}

/** Environment of a step that runs commands in a container, one after the other, until one fails. */
export function commandsEnvironment(
  container: pulumi.Input<string>,
  commands: readonly ContainerCommand[],
): Readonly<Record<string, pulumi.Input<string>>> {
  return { CONTAINER: container, COMMANDS: JSON.stringify(commands) };
}

/** A step on the machine that runs the program, on the platform's Docker host. */
export function releaseStep(
  name: string,
  step: StepName,
  { undo, ...args }: StepArgs,
  platform: Pick<Platform, "dockerEnvironment">,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const commands = {
    create: stepCommand(step),
    ...(undo === undefined ? {} : { delete: stepCommand(undo) }),
  };
  return dockerCommand(name, { ...commands, ...args }, platform, opts);
}

/** Returns the variables by which a step finds the proxy of its stack. */
export function proxyEnvironment(
  platform: Pick<Platform, "labels">,
): Readonly<Record<string, string>> {
  return { PROXY_FILTERS: filtersOf(platform, "proxy") };
}

/** Options that narrow docker's lists down to one workload of the stack. */
export function filtersOf({ labels }: Pick<Platform, "labels">, workload: string): string {
  const all = { ...labels, "dev.keelson.workload": workload };
  return Object.entries(all)
    .map(([key, value]) => `--filter label=${key}=${value}`)
    .join(" ");
}
