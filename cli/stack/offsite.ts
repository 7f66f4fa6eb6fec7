import {
  authorityFile,
  configurationFile,
  firstOffsite,
  oneLine,
  repositoryConfig,
} from "#components/backup/pgbackrest";
import { resticConfig, resticFile, resticPassphrase } from "#components/backup/restic";
import { roleInServer } from "#components/database/role-names";
import type { SecretSource } from "#components/secrets/settings";
import { nameOfDatabase, prefixOf, type Settings } from "#config";
import { suffixOf, type VolumeGroup } from "#config/backed-volumes";
import { Failure } from "../io/failure.js";

/** Numbers of the off-site repositories that `--offsite [<number>]` means. @throws Failure */
export function offsiteNumbers(
  { backup: { repositories } }: Pick<Settings, "backup">,
  wanted: string | true,
): number[] {
  const numbers = repositories.map((_, index) => index + firstOffsite);
  if (numbers.length === 0) {
    throw new Failure("backup.repositories: is empty; there is no off-site repository.");
  }
  if (wanted === true) return numbers;
  const number = numbers.find((each) => String(each) === wanted);
  if (number !== undefined) return [number];
  throw new Failure(
    `There is no off-site repository ${wanted}; there are: ${numbers.join(", ")} (1 is the local one).`,
  );
}

/**
 * Returns the files that a container needs to restore from the off-site repositories: pgBackRest's configuration with these
 * alone, and authorities. The values of secrets have been checked. @throws Error for a secret of more than one line
 */
export function offsiteFiles(
  settings: Settings,
  stack: string,
  source: SecretSource,
): Record<string, string> {
  const { passphrase, offsite, authorities } = opened(settings, source);
  const configuration = repositoryConfig({
    which: "offsite",
    passphrase,
    offsite,
    user: roleInServer(nameOfDatabase(settings), "backup"),
    prefix: `/${prefixOf(settings, stack)}`,
  });
  return { [configurationFile]: configuration, ...authorities };
}

/** The same for the volumes of one owner: restic's configuration. @throws Error for a secret of more than one line */
export function offsiteVolumeFiles(
  settings: Settings,
  stack: string,
  group: VolumeGroup,
  source: SecretSource,
): Record<string, string> {
  const { passphrase, offsite, authorities } = opened(settings, source);
  const host = prefixOf(settings, stack);
  const configuration = resticConfig({
    host,
    prefix: `/${host}`,
    suffix: suffixOf(group),
    offsite,
  });
  return { [resticFile]: configuration, [resticPassphrase]: passphrase, ...authorities };
}

/** Returns the passphrases of the repositories. */
function opened({ backup, secrets }: Settings, source: SecretSource) {
  const value = (name: string | undefined) => {
    if (name === undefined) return "";
    const text = source(secrets[name]?.variable ?? name);
    if (text === undefined && secrets[name]?.value !== undefined) throw unopened(name);
    return text ?? "";
  };
  const offsite = backup.repositories.map((each, index) => {
    const path = `backup.repositories[${String(index)}]`;
    return {
      ...each,
      accessKey: oneLine(`${path}.accessKeySecret`, value(each.accessKeySecret)),
      secretKey: oneLine(`${path}.secretKeySecret`, value(each.secretKeySecret)),
    };
  });
  const authorities = backup.repositories.flatMap(({ caSecret }, index) =>
    caSecret === undefined ? [] : [[authorityFile(index + firstOffsite), value(caSecret)] as const],
  );
  const passphrase = oneLine("backup.passphraseSecret", value(backup.passphraseSecret));
  return { passphrase, offsite, authorities: Object.fromEntries(authorities) };
}

/** Nothing but the program gets what the stack's file seals. */
function unopened(name: string): Failure {
  return new Failure(
    `secrets.${name} is sealed, and this command opens no seals; set ${name} in its environment ` +
      `(pulumi config get --path keelson:secrets.${name}.value shows it).`,
  );
}
