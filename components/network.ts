import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { labelsOf, type Platform } from "#workload/platform";

/** The networks of a stack. Nothing on `data` can be reached from outside, or reach out. */
export class Network extends pulumi.ComponentResource {
  /** Internal: the database and what speaks to it. */
  readonly data: pulumi.Output<string>;
  /** The proxy and the app; the only one whose ports are published. */
  readonly edge: pulumi.Output<string>;
  /** Postgres alone: Docker drops a port published from an internal network, so the loopback port needs a bridge. */
  readonly admin: pulumi.Output<string>;

  constructor(name: string, platform: Platform, opts?: pulumi.ComponentResourceOptions) {
    super("keelson:components:Network", name, {}, opts);
    const network = (role: string, internal: boolean) =>
      new docker.Network(
        `${name}-${role}`,
        { internal, labels: labelsOf(platform, role) },
        { parent: this },
      ).name;
    this.data = network("data", true);
    this.edge = network("edge", false);
    this.admin = network("admin", false);
    this.registerOutputs({ data: this.data, edge: this.edge, admin: this.admin });
  }
}
