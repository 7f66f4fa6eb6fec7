import { createHmac } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { oneShot } from "./one-shot.js";
import { labelsOf, type Platform } from "./platform.js";

/** The secrets of one workload, by the name of the file each becomes. */
export interface SecretFilesArgs {
  readonly workload: string;
  readonly values: Readonly<Record<string, pulumi.Input<string>>>;
  readonly uid: number;
  readonly gid: number;
  /** Its engine leaves the volume where another one takes its place: a container of before may go on. Default false. */
  readonly retain?: boolean;
}

/** Label with a keyed hash of what is in a volume of secrets: another content is another volume. */
const contentLabel = "dev.keelson.content";

/**
 * A volume with one file a secret, 0400, owned by the workload. A new set of values, or another owner, is a new
 * volume, so that the workload is replaced and the old one keeps its own set until it is gone.
 * The provider generates the name: values that are taken back must not get the name of a volume that waits for its
 * deletion, which would delete the new one, or fail for ever because the volume is in use.
 * (`uploads` can't be used with a read-only root, and a tmpfs volume is empty after a reboot.)
 */
export class SecretFiles extends pulumi.ComponentResource {
  /** The volume's name, known once every file is in it. */
  readonly volumeName: pulumi.Output<string>;

  constructor(
    name: string,
    args: SecretFilesArgs,
    platform: Platform,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:workload:SecretFiles", name, {}, opts);
    const lines = pulumi.secret(args.values).apply(secretLines);
    const owner = `${String(args.uid)}:${String(args.gid)}`;
    const content = pulumi
      .all([lines, platform.hashKey])
      .apply(([text, key]) => keyedHash(`${owner}\n${text}`, key));
    const digests = pulumi
      .all([pulumi.secret(args.values), platform.hashKey])
      .apply(([values, key]) => secretDigests(values, key));
    const volume = new docker.Volume(
      name,
      {
        labels: [
          ...labelsOf(platform, args.workload),
          { label: contentLabel, value: pulumi.unsecret(content) },
        ],
      },
      { parent: this, deleteBeforeReplace: false, retainOnDelete: args.retain ?? false },
    );
    const filled = oneShot(
      `${name}-fill`,
      {
        image: platform.toolsImage,
        command: ["/usr/local/bin/write-secrets", String(args.uid), String(args.gid)],
        capabilities: ["CHOWN", "DAC_OVERRIDE"],
        volumes: [{ name: volume.name, path: "/secrets" }],
        stdin: lines,
        // So that a preview can name the secrets that changed.
        stepEnv: { SECRETS: pulumi.unsecret(digests) },
      },
      platform,
      { parent: this },
    );
    this.volumeName = pulumi.all([volume.name, filled.id]).apply(([each]) => each);
    this.registerOutputs({ volumeName: this.volumeName });
  }
}

/** Returns the input of `write-secrets`: a line `<name> <base64 value>` for each secret, in the names' order. */
export function secretLines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}\n`)
    .join("");
}

/** `NAME=<keyed hash>` for each secret: tells whether it changed, and nothing else. */
export function secretDigests(values: Readonly<Record<string, string>>, key: string): string {
  return Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${keyedHash(`${name}=${value}`, key)}`)
    .join(" ");
}

function keyedHash(text: string, key: string): string {
  return createHmac("sha256", key).update(text).digest("hex").slice(0, 12);
}
