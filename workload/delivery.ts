import type * as pulumi from "@pulumi/pulumi";
import { ownerOf, secretsDirectory } from "#lib/platform";
import type { Platform } from "./platform.js";
import { SecretFiles } from "./secret-files.js";

/** Secrets of a workload by name. */
export type SecretValues = Readonly<Record<string, pulumi.Input<string>>>;

/** Secrets of a container: variables, and a volume of files. */
export interface DeliveredSecrets {
  /** `NAME_FILE` to the path of the file. */
  readonly pointers: Readonly<Record<string, string>>;
  /** The secrets themselves, where they are delivered as variables. */
  readonly secretEnv: SecretValues;
  /** Name of the volume, known once every file is in it; undefined where there is none. */
  readonly volume?: pulumi.Output<string>;
}

/** Delivers secrets as the settings say: as a volume of files and variables that point at them, or as variables. */
export function deliverSecrets(
  name: string,
  args: {
    readonly workload: string;
    readonly values: SecretValues;
    readonly secretsAs: "files" | "environment";
    /** `uid:gid` of the process that reads them. */
    readonly user: string;
    /** See `SecretFilesArgs`. */
    readonly retain?: boolean;
  },
  platform: Platform,
  parent: pulumi.Resource,
): DeliveredSecrets {
  const { workload, values, secretsAs, user, retain } = args;
  if (secretsAs === "environment") return { pointers: {}, secretEnv: values };
  if (Object.keys(values).length === 0) return { pointers: {}, secretEnv: {} };
  const owned = { workload, values, ...ownerOf(user), retain: retain ?? false };
  const files = new SecretFiles(name, owned, platform, { parent });
  const pointers = Object.keys(values).map((key) => [`${key}_FILE`, `${secretsDirectory}/${key}`]);
  return {
    pointers: Object.fromEntries(pointers) as Record<string, string>,
    secretEnv: {},
    volume: files.volumeName,
  };
}
