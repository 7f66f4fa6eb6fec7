import * as pulumi from "@pulumi/pulumi";
import { pageAddress, uids } from "#lib/platform";
import type { Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { proxyEnvironment, releaseStep } from "#workload/step";

export interface StatusPageArgs {
  readonly image: pulumi.Input<string>;
  /** Name of the edge network. */
  readonly network: pulumi.Input<string>;
  /** The page's knowledge of the stack besides its series, as page/stack/serve.ts reads it; no secret is in it. */
  readonly page: object;
  /** Volume in which monitoring writes down what is shown. */
  readonly figures: pulumi.Input<string>;
  /** Name of monitoring's container, which writes there. */
  readonly monitoring: pulumi.Input<string>;
  /** Text that is another one whenever the record of a release is begun. */
  readonly record: pulumi.Input<string>;
}

/**
 * The container that serves the status page, and the step that writes the releases down for it. It has a folder with
 * figures and a name on the edge network: neither Prometheus, which listens in its own container alone, nor the proxy's
 * volume, on which there are keys and settings, is in its reach.
 */
export class StatusPage extends pulumi.ComponentResource {
  /** The container's name, known once it is healthy. */
  readonly containerName: pulumi.Output<string>;

  /** @param opts must depend on the step that ends a release */
  constructor(
    name: string,
    args: StatusPageArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:StatusPage", name, {}, opts);
    const running = new Running(
      name,
      {
        ...pageWorkload,
        env: { PAGE: JSON.stringify(args.page) },
        image: args.image,
        volumes: [{ name: args.figures, path: "/facts", readOnly: true }],
        networks: [{ name: args.network, aliases: [pageAddress.host] }],
      },
      platform,
      { parent: this },
    );
    this.containerName = running.containerName;
    const environment = {
      ...proxyEnvironment(platform),
      MONITORING: args.monitoring,
      // Another volume has none of them yet.
      FIGURES: args.figures,
      RELEASE: args.record,
    };
    releaseStep(`${name}-releases`, "page-releases", { environment }, platform, { parent: this });
    this.registerOutputs({ containerName: this.containerName });
  }
}

const owner = String(uids.page);

/** The part of the workload that is the same for all. */
export const pageWorkload = {
  role: "page",
  user: `${owner}:${owner}`,
  trial: ["/usr/local/bin/page", "check"],
  // Both answer meanwhile.
  alongside: true,
  memory: "128MiB",
  cpus: 0.25,
  pids: 32,
  health: {
    test: ["CMD", "/usr/local/bin/healthcheck"],
    interval: "30s",
    timeout: "5s",
    retries: 3,
    startPeriod: "10s",
    startTimeout: "60s",
  },
  stopTimeout: "10s",
};
