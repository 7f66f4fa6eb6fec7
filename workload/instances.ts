import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "./platform.js";
import { readyStep } from "./ready-step.js";
import type { Site } from "./release.js";
import { containerArgs, containerOptions, type Workload } from "./workload.js";

/** The workload of the containers, and their public address. */
export interface InstancesArgs {
  readonly workload: Workload;
  readonly count: number;
  readonly site: Site;
  /** True where its ready path is asked by another step, once what it needs runs. */
  readonly asksLater: boolean;
}

/**
 * A workload as one container or several, started alongside those that they follow: limited and seen healthy, all of
 * them or none. Impossible with host ports.
 */
export class Instances extends pulumi.ComponentResource {
  /** The containers' names, known once all of them are healthy. */
  readonly containerNames: pulumi.Output<string[]>;

  constructor(
    name: string,
    { workload, count, site, asksLater }: InstancesArgs,
    platform: Platform,
    opts: pulumi.ComponentResourceOptions,
  ) {
    // A type of its own would give the containers of running stacks another identity.
    super("keelson:workload:Running", name, {}, opts);
    // The step below waits for them, says why they failed, and stops what it started.
    const args = containerArgs(workload, platform);
    const containers = instanceNames(name, count).map(
      (each) =>
        new docker.Container(each, args, {
          ...containerOptions,
          parent: this,
          // Docker's provider would stop the old one first even when the name is generated.
          deleteBeforeReplace: false,
        }),
    );
    const ids = containers.map(({ id }) => id);
    const ready = readyStep(
      `${name}-ready`,
      { containers: ids, workload, site, asksLater },
      platform,
      { parent: this },
    );
    const names = containers.map((each) => each.name);
    this.containerNames = pulumi.all([pulumi.all(names), ready.id]).apply(([known]) => known);
    this.registerOutputs({ containerNames: this.containerNames });
  }
}

/** The first one is called as it would be alone, so that it stays itself when others come or go. */
export function instanceNames(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? name : `${name}-${String(index + 1)}`,
  );
}
