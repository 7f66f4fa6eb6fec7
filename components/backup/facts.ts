import type { NamedSecret, SectionFacts } from "#lib/section-facts";
import { heartbeats } from "./heartbeats.js";
import type { BackupSettings } from "./settings.js";

/** Secrets of backups: heartbeats, the passphrase, and access to the off-site repositories. */
export const backupFacts: SectionFacts<BackupSettings> = {
  secretsNamed: (backup) => [
    ...heartbeats.map(({ path, of }): NamedSecret => [path, of(backup)]),
    ["backup.passphraseSecret", backup.passphraseSecret],
    ...backup.repositories.flatMap((each, index) =>
      (["caSecret", "accessKeySecret", "secretKeySecret"] as const).map((key): NamedSecret => [
        `backup.repositories[${String(index)}].${key}`,
        each[key],
      ]),
    ),
  ],
};
