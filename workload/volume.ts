import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { oneShot } from "./one-shot.js";
import { labelsOf, type Platform } from "./platform.js";

/** A named volume, with its purpose and its owner. */
export interface OwnedVolumeArgs {
  readonly workload: string;
  /** Last part of its name on the host: `<app>-<stack>-<role>`. */
  readonly role: string;
  readonly uid: number;
  readonly gid: number;
  /** Kept on the host when the stack is destroyed, and found again by the next `up`. */
  readonly keep: boolean;
  /** `destroy` is refused while this is set. */
  readonly protect?: boolean;
}

/** A named volume whose root belongs to the workload that uses it. */
export class OwnedVolume extends pulumi.ComponentResource {
  /** The volume's name, known once it has its owner. */
  readonly volumeName: pulumi.Output<string>;

  constructor(
    name: string,
    args: OwnedVolumeArgs,
    platform: Platform,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:workload:OwnedVolume", name, {}, opts);
    const volume = new docker.Volume(
      name,
      { name: `${platform.name}-${args.role}`, labels: labelsOf(platform, args.workload) },
      { parent: this, retainOnDelete: args.keep, protect: args.protect ?? false },
    );
    const owner = oneShot(
      `${name}-owner`,
      {
        image: platform.toolsImage,
        command: ["/usr/local/bin/own-volume", String(args.uid), String(args.gid), "/volume"],
        capabilities: ["CHOWN", "DAC_OVERRIDE"],
        volumes: [{ name: volume.name, path: "/volume" }],
      },
      platform,
      { parent: this },
    );
    this.volumeName = pulumi.all([volume.name, owner.id]).apply(([each]) => each);
    this.registerOutputs({ volumeName: this.volumeName });
  }
}
