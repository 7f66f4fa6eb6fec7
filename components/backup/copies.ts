import * as pulumi from "@pulumi/pulumi";
import { uids } from "#lib/platform";
import type { Platform } from "#workload/platform";
import { OwnedVolume } from "#workload/volume";
import { keptPassphrase } from "./passphrase.js";
import { authorities, offsiteOf } from "./repository.js";
import { copiesFolder, offsitePlaces, resticFile, resticPassphrase } from "./restic.js";
import type { BackupSettings } from "./settings.js";

export interface CopiesArgs {
  readonly settings: BackupSettings;
  /** The backup image. */
  readonly image: pulumi.Input<string>;
  /** Secrets of the stack by name. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
}

/** The repositories with copies of an external database's dumps, and the passphrase of every repository of the stack. */
export class Copies extends pulumi.ComponentResource {
  /** Files for the secrets of whoever copies, or fetches a copy; undefined where there is no off-site repository. */
  readonly files: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** The passphrase; secret. Whoever wants to restore elsewhere needs it. */
  readonly passphrase: pulumi.Output<string>;

  constructor(
    name: string,
    args: CopiesArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Copies", name, {}, opts);
    const { settings } = args;
    const key = new OwnedVolume(
      `${name}-key`,
      {
        workload: "backup",
        role: "repository-key",
        uid: uids.postgres,
        gid: uids.postgres,
        keep: settings.keepData,
        protect: settings.protect,
      },
      platform,
      { parent: this },
    );
    const kept = { ...args, volume: key.volumeName };
    this.passphrase = keptPassphrase(name, kept, platform, this);
    const config = offsiteOf(args).apply((offsite) => {
      const prefix = `/${platform.name}`;
      const repositories = offsitePlaces({ prefix, offsite }, copiesFolder);
      return JSON.stringify({ host: platform.name, repositories });
    });
    this.files =
      settings.repositories.length === 0
        ? undefined
        : {
            [resticPassphrase]: this.passphrase,
            [resticFile]: pulumi.secret(config),
            ...authorities(args),
          };
    this.registerOutputs({});
  }
}
