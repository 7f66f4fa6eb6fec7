import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { labelsOf, type Platform } from "#workload/platform";

/** The networks of a stack. Nothing on `data` can be reached from outside, or reach out. */
export class Network extends pulumi.ComponentResource {
  /** Internal: the database and what speaks to it. */
  readonly data: pulumi.Output<string>;
  /** The proxy and the app; the only one whose ports are published. */
  readonly edge: pulumi.Output<string>;
  /** Address ranges of `edge`, with commas between: the proxy's requests come from there. */
  readonly edgeRanges: pulumi.Output<string>;
  /** Postgres alone: Docker drops a port published from an internal network, so the loopback port needs a bridge. */
  readonly admin: pulumi.Output<string>;

  constructor(name: string, platform: Platform, opts?: pulumi.ComponentResourceOptions) {
    super("keelson:components:Network", name, {}, opts);
    const network = (role: string, internal: boolean) =>
      new docker.Network(
        `${name}-${role}`,
        { internal, labels: labelsOf(platform, role) },
        { parent: this },
      );
    const edge = network("edge", false);
    this.data = network("data", true).name;
    this.edge = edge.name;
    this.edgeRanges = edge.ipamConfigs.apply(rangesOf);
    this.admin = network("admin", false).name;
    this.registerOutputs({ data: this.data, edge: this.edge, admin: this.admin });
  }
}

/** Those that Docker chose, which its provider knows once the network is there. */
function rangesOf(configs: readonly { readonly subnet?: string }[] | undefined): string {
  return (configs ?? []).flatMap(({ subnet }) => subnet ?? []).join(",");
}
