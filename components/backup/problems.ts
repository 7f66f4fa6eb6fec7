import { duplicates, problem } from "#lib/settings";
import type { BackupSettings } from "./settings.js";

/**
 * Returns the contradictions between the settings of backups, a line each.
 *
 * @param generated names of the secrets that are made on the host
 */
export function repositoryProblems(
  { enabled, repositories, passphraseSecret }: BackupSettings,
  generated: readonly string[],
): string[] {
  const places = duplicates(
    repositories.map(({ endpoint, bucket, prefix }, index) => [
      `backup.repositories[${String(index)}]`,
      `${endpoint}/${bucket}${prefix ?? ""}`,
    ]),
    "place",
  );
  if (!enabled || repositories.length === 0) return places;
  return [...places, ...passphraseProblems(passphraseSecret, generated)];
}

/** An off-site backup is of no use unless its passphrase is kept off-site, too. */
function passphraseProblems(
  passphraseSecret: string | undefined,
  generated: readonly string[],
): string[] {
  const setting = "backup.passphraseSecret";
  if (passphraseSecret === undefined) {
    return [
      problem(
        setting,
        "is required with backup.repositories: the passphrase would be lost with the host",
        "name a secret that is kept elsewhere, such as what `openssl rand -base64 48` prints; where the stack has made one already, remove backup.repositories for the moment, and take repositoryPassphrase of `keelson outputs --show-secrets`",
      ),
    ];
  }
  if (!generated.includes(passphraseSecret)) return [];
  const advice = `remove secrets.${passphraseSecret}.generate, keep the value elsewhere and inject it`;
  return [problem(setting, `"${passphraseSecret}" is generated: lost with the host`, advice)];
}
