import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { ownerOf } from "#lib/platform";
import type { Platform } from "./platform.js";
import { releaseStep } from "./step.js";
import type { Workload } from "./workload.js";

/**
 * The step that fills a workload's empty volumes from its image, for its user; none where it has no volume. Before any
 * of its containers: Docker would fill them for the first one, and leave all of it to the image's owner.
 */
export function fillVolumes(
  name: string,
  { image, user, volumes = [] }: Pick<Workload, "image" | "user" | "volumes">,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command[] {
  if (volumes.length === 0) return [];
  const { uid, gid } = ownerOf(user);
  const mounts = pulumi.all(volumes.map((each) => pulumi.all([each.name, each.path])));
  const environment = {
    IMAGE: image,
    TOOLS: platform.toolsImage,
    UID: String(uid),
    GID: String(gid),
    VOLUMES: mounts.apply((known) =>
      JSON.stringify(known.map(([volume, path]) => ({ name: volume, path }))),
    ),
  };
  return [releaseStep(name, "volumes", { environment }, platform, opts)];
}
