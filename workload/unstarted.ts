import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { instanceNames } from "./instances.js";
import type { Platform } from "./platform.js";
import { containerArgs, containerOptions, type Workload } from "./workload.js";

/**
 * Containers of a workload that are created and not started: a step of the release starts them when it is their turn,
 * and stops those of before. Neither engine starts or stops one until it deletes it, after everything else.
 */
export function unstartedContainers(
  name: string,
  { workload, count }: { readonly workload: Workload; readonly count: number },
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): docker.Container[] {
  // With `mustRun` a refresh takes one that is stopped for drift, and an update starts it, whosever turn it is.
  const args = { ...containerArgs(workload, platform), start: false, mustRun: false };
  return instanceNames(name, count).map(
    (each) =>
      new docker.Container(each, args, {
        ...containerOptions,
        ...opts,
        // Docker's provider would delete the old one first even when the name is generated.
        deleteBeforeReplace: false,
      }),
  );
}
