import { duplicates } from "../lib/settings.js";
import type { BackupSettings } from "./backup-settings.js";

/** What is wrong between the settings of backups, a line each. */
export function repositoryProblems({ repositories }: BackupSettings): string[] {
  return duplicates(
    repositories.map(({ endpoint, bucket, prefix }, index) => [
      `backup.repositories[${String(index)}]`,
      `${endpoint}/${bucket}${prefix ?? ""}`,
    ]),
    "place",
  );
}

/** Every secret that the settings of backups name, by its path. */
export function repositorySecrets(
  backup: BackupSettings,
): [path: string, name: string | undefined][] {
  return [
    ["backup.heartbeatSecret", backup.heartbeatSecret],
    ["backup.passphraseSecret", backup.passphraseSecret],
    ...backup.repositories.flatMap((each, index) =>
      (["caSecret", "accessKeySecret", "secretKeySecret"] as const).map(
        (key) =>
          [`backup.repositories[${String(index)}].${key}`, each[key]] as [
            string,
            string | undefined,
          ],
      ),
    ),
  ];
}
