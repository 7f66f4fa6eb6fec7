import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { seconds } from "#lib/duration";
import type { Platform } from "./platform.js";
import { filtersOf, releaseStep } from "./step.js";
import { trialOf } from "./trial.js";
import { containerArgs, containerOptions, type Workload } from "./workload.js";

/**
 * A workload as a container: running, limited and seen healthy. The one before it is stopped first, unless both may run,
 * and not before the workload's trial has passed.
 */
export class Running extends pulumi.ComponentResource {
  /** The container's name, known once it is healthy. */
  readonly containerName: pulumi.Output<string>;
  /** The container's id, known once it is healthy. */
  readonly containerId: pulumi.Output<string>;

  constructor(
    name: string,
    workload: Workload,
    platform: Platform,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:workload:Running", name, {}, opts);
    const tried = trialOf(name, workload, platform, { parent: this });
    const container = new docker.Container(name, containerArgs(workload, platform), {
      ...containerOptions,
      parent: this,
      deleteBeforeReplace: workload.alongside !== true,
      ...(tried === undefined ? {} : { dependsOn: tried }),
    });
    // Docker's provider has no limit on processes either.
    const ready = releaseStep(
      `${name}-ready`,
      "ready-alone",
      {
        environment: {
          SIBLINGS: filtersOf(platform, workload.role),
          CONTAINER: container.id,
          PIDS: String(workload.pids),
          TIMEOUT: String(seconds(workload.health.startTimeout)),
        },
        records: true,
      },
      platform,
      { parent: this },
    );
    const [containerName, containerId] = [container.name, container.id].map((output) =>
      pulumi.all([output, ready.id]).apply(([value]) => value),
    ) as [pulumi.Output<string>, pulumi.Output<string>];
    this.containerName = containerName;
    this.containerId = containerId;
    this.registerOutputs({ containerName, containerId });
  }
}
