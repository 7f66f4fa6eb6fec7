import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { secretsDirectory } from "#lib/platform";
import { mebibytes } from "#lib/size";
import { oneShot } from "./one-shot.js";
import type { Platform } from "./platform.js";
import type { Workload } from "./workload.js";

/**
 * The step that a workload's container depends on, so that Pulumi runs it before it deletes the one that is to be
 * replaced: the workload's trial, with its image, environment, user, memory and volumes, but without its networks and
 * ports. It can write to none of the volumes.
 *
 * @returns undefined where the workload has no trial
 */
export function trialOf(
  name: string,
  workload: Workload,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command | undefined {
  const { trial, image, user, env, secrets, tmpfs } = workload;
  if (trial === undefined) return undefined;
  const volumes = [
    ...(workload.volumes ?? []),
    ...(secrets === undefined ? [] : [{ name: secrets, path: secretsDirectory }]),
  ];
  return oneShot(
    `${name}-trial`,
    {
      image,
      command: trial,
      user,
      timeoutSeconds: 60,
      ...(env === undefined ? {} : { secretEnv: env }),
      ...(tmpfs === undefined ? {} : { tmpfs }),
      memoryMiB: mebibytes(workload.memory),
      volumes: volumes.map((each) => ({ ...each, readOnly: true })),
    },
    platform,
    opts,
  );
}
