import { authorityFile, firstOffsite, repositoryPaths } from "./pgbackrest.js";
import type { OffsiteRepository } from "./settings.js";

/** Mount points of a container that backs up volumes. */
export const volumePaths = {
  /** Each volume is in a folder of its name here. */
  volumes: "/volumes",
  /** Those of queues are here. */
  queues: "/queues",
  /** The local repository, alongside the status and the proofs. */
  store: "/volume-backups",
  drill: "/drill",
} as const;

/** Name of restic's configuration among the secrets; `images/backup/restic.bash` reads it. */
export const resticFile = "restic.json";

/** Name of the passphrase of its repositories among the secrets. */
export const resticPassphrase = "RESTIC_PASSWORD";

/** Folders of a bucket's prefix: of snapshots of volumes, and of copies of dumps, which another user makes. */
const volumesFolder = "restic";
export const copiesFolder = "restic-dumps";

/** The off-site repositories, and the folder in a bucket for those that name none. */
interface Offsite {
  readonly prefix: string;
  readonly offsite: readonly (OffsiteRepository & {
    readonly accessKey: string;
    readonly secretKey: string;
  })[];
}

/** Returns the repositories of volumes' snapshots, as JSON: the local one, then the off-site ones. */
export function resticConfig({
  host,
  suffix = "",
  ...config
}: Offsite & {
  /** Whose snapshots they are. */
  readonly host: string;
  /** Last part of the name of the folder off-site: one user's runs prune what is in it. Default: none. */
  readonly suffix?: string;
}): string {
  const local = { RESTIC_REPOSITORY: `${volumePaths.store}/repository` };
  return JSON.stringify({
    host,
    repositories: [
      { name: "1", env: local, options: [] },
      ...offsitePlaces(config, `${volumesFolder}${suffix}`),
    ],
  });
}

/** Each off-site repository as `images/backup/restic.bash` reads it. @param folder below the repository's prefix */
export function offsitePlaces({ prefix, offsite }: Offsite, folder: string) {
  return offsite.map((each, index) => ({
    name: String(index + firstOffsite),
    env: {
      RESTIC_REPOSITORY: `s3:https://${each.endpoint}/${each.bucket}${each.prefix ?? prefix}/${folder}`,
      AWS_ACCESS_KEY_ID: each.accessKey,
      AWS_SECRET_ACCESS_KEY: each.secretKey,
      AWS_DEFAULT_REGION: each.region,
      ...(each.caSecret === undefined
        ? {}
        : {
            RESTIC_CACERT: `${repositoryPaths.secrets}/${authorityFile(index + firstOffsite)}`,
          }),
    },
    options: [`s3.bucket-lookup=${each.uriStyle === "path" ? "path" : "dns"}`],
  }));
}
