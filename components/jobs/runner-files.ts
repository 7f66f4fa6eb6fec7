import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { oneShot } from "#workload/one-shot";
import { labelsOf, type Platform } from "#workload/platform";

/**
 * A volume with the program that starts jobs, for containers of images that do not have it. Another version of it is
 * another volume, for a container of before may go on.
 */
export class RunnerFiles extends pulumi.ComponentResource {
  /** The volume's name, known once the program is in it. */
  readonly volumeName: pulumi.Output<string>;

  constructor(
    name: string,
    image: pulumi.Input<string>,
    platform: Platform,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:RunnerFiles", name, {}, opts);
    const content = { label: "dev.keelson.content", value: image };
    const volume = new docker.Volume(
      name,
      { labels: [...labelsOf(platform, "jobs"), content] },
      { parent: this, deleteBeforeReplace: false, retainOnDelete: true },
    );
    const filled = oneShot(
      `${name}-fill`,
      {
        image,
        command: ["/usr/local/bin/deliver"],
        volumes: [{ name: volume.name, path: "/volume" }],
      },
      platform,
      { parent: this },
    );
    this.volumeName = pulumi.all([volume.name, filled.id]).apply(([each]) => each);
    this.registerOutputs({ volumeName: this.volumeName });
  }
}
