import * as pulumi from "@pulumi/pulumi";
import { postgresUser } from "#lib/platform";
import { oneShot } from "#workload/one-shot";
import type { Platform } from "#workload/platform";
import { randomBytes } from "#workload/random-bytes";
import { oneLine } from "./pgbackrest.js";
import type { BackupSettings } from "./settings.js";

/** Inputs of the passphrase of repositories. */
export interface PassphraseArgs {
  readonly settings: BackupSettings;
  /** The backup image. */
  readonly image: pulumi.Input<string>;
  /** Secrets of the stack by name. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
  /** Volume on which it is kept. */
  readonly volume: pulumi.Output<string>;
}

/**
 * The passphrase of every repository of backups; secret. A stack that was destroyed and comes back has generated
 * another one than that its repository, which stayed, was made with: that one is kept next to the repository, and is
 * what counts.
 */
export function keptPassphrase(
  name: string,
  { settings, image, secrets, volume }: PassphraseArgs,
  platform: Platform,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const given =
    settings.passphraseSecret === undefined ? undefined : secrets[settings.passphraseSecret];
  const offered =
    given?.apply((value) => oneLine("backup.passphraseSecret", value)) ??
    randomBytes(`${name}-passphrase`, 48, "base64", { parent, protect: settings.protect });
  const kept = oneShot(
    `${name}-passphrase-kept`,
    {
      image,
      command: ["/usr/local/bin/choose-passphrase", given === undefined ? "generated" : "given"],
      user: postgresUser,
      volumes: [{ name: volume, path: "/key" }],
      stdin: pulumi.interpolate`${offered}\n`,
      printsSecret: true,
    },
    platform,
    { parent },
  );
  return pulumi.secret(kept.stdout);
}
