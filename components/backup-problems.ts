import { duplicates } from "../lib/settings.js";
import { heartbeats } from "./backup-heartbeats.js";
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
    ...heartbeats.map(({ path, of }) => [path, of(backup)] as [string, string | undefined]),
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
