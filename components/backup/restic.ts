import { authorityFile, firstOffsite, repositoryPaths } from "./pgbackrest.js";
import type { OffsiteRepository } from "./settings.js";

/** Mount points of the container that backs up the app's volumes. */
export const volumePaths = {
  /** Each volume of the app is in a folder of its name here. */
  volumes: "/volumes",
  /** The local repository, alongside the status and the proofs. */
  store: "/volume-backups",
  drill: "/drill",
} as const;

/** Name of restic's configuration among the secrets; `images/backup/volumes.bash` reads it. */
export const resticFile = "restic.json";

/** Name of the passphrase of its repositories among the secrets. */
export const resticPassphrase = "RESTIC_PASSWORD";

/** Returns the repositories of volumes' snapshots, as JSON: the local one, then the off-site ones. */
export function resticConfig(config: {
  /** Whose snapshots they are. */
  readonly host: string;
  /** Folder in a bucket for those that name none. */
  readonly prefix: string;
  readonly offsite: readonly (OffsiteRepository & {
    readonly accessKey: string;
    readonly secretKey: string;
  })[];
}): string {
  const local = { RESTIC_REPOSITORY: `${volumePaths.store}/repository` };
  return JSON.stringify({
    host: config.host,
    repositories: [
      { name: "1", env: local, options: [] },
      ...config.offsite.map((each, index) => ({
        name: String(index + firstOffsite),
        env: {
          RESTIC_REPOSITORY: `s3:https://${each.endpoint}/${each.bucket}${each.prefix ?? config.prefix}/restic`,
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
      })),
    ],
  });
}
