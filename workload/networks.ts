import type * as pulumi from "@pulumi/pulumi";
import type { Workload } from "./workload.js";

/** Names of the networks of a process: `data` is missing where nothing that it uses is on it. */
export interface ProcessNetworks {
  readonly data?: pulumi.Input<string>;
  readonly edge: pulumi.Input<string>;
}

/** The networks of a process's containers. @param alias name that they share on the edge network; undefined: none */
export function networksWith(
  { data, edge }: ProcessNetworks,
  alias: string | undefined,
): Workload["networks"] {
  const shared = alias === undefined ? {} : { aliases: [alias] };
  return [...(data === undefined ? [] : [{ name: data }]), { name: edge, ...shared }];
}

/** The name on the network that all containers of a process share, those that only start among them. */
export function instancesAlias(process: string): string {
  return `${process}-instances`;
}
