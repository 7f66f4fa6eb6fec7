import * as pulumi from "@pulumi/pulumi";
import { ownerOf } from "#lib/platform";
import type { SealedText } from "#lib/sealed";
import { deliverSecrets, type SecretValues } from "#workload/delivery";
import { fillVolumes } from "#workload/fill-volumes";
import { imageFacts } from "#workload/image-facts";
import { Instances } from "#workload/instances";
import { readyStep } from "#workload/ready-step";
import type { Platform } from "#workload/platform";
import type { Release } from "#workload/release";
import { OwnedVolume } from "#workload/volume";
import { networksWith, type ProcessNetworks } from "#workload/networks";
import type { Workload } from "#workload/workload";
import type { Companions, StartedCompanions } from "./app/companions.js";
import { beginStep, contentOf, recordOf } from "./app/record.js";
import { imageStep, smokeStep } from "./app/release.js";
import { migrationShot, migrationStep, type MigrationTarget } from "./app/migration.js";
import type { AppSettings } from "./app/settings.js";
import { appWorkload, homeIn, onImage } from "./app/workload.js";

export interface AppArgs {
  readonly settings: AppSettings;
  readonly image: pulumi.Input<string>;
  /** The tag that it was resolved from, where it was one. */
  readonly imageTag?: pulumi.Input<string | undefined> | undefined;
  /** Keelson builds it, so it may remove it again. */
  readonly built: boolean;
  /** Text of a sealed setting; secret. */
  readonly open: (sealed: SealedText) => pulumi.Input<string>;
  /** Plain environment, complete. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** Secrets by name, the database URL and what the settings seal among them. */
  readonly secrets: SecretValues;
  /** The same for the migration: its database URL is the migrator's. */
  readonly migrationSecrets: SecretValues;
  /** The migration to run. */
  readonly migration: MigrationTarget;
  readonly networks: ProcessNetworks;
  /** Sources on this machine that it sees in the place of its image's own. */
  readonly sources?: Workload["hostFolders"];
  /** Name that all its containers have on the edge network; undefined where nothing looks for them. */
  readonly alias?: string | undefined;
  readonly release: Release;
  /** Version and environment, passed to the app. */
  readonly deployed: { readonly version: string; readonly gitSha: string };
  /** False on a rollback: the migration of that release has already run. */
  readonly migrates: boolean;
  /** The step that records its releases. */
  readonly recordedBy: pulumi.Resource;
  /** Companions that are released with it. */
  readonly companions?: Companions | undefined;
  readonly jobs?: AppJobs | undefined;
}

/** Jobs of the app, which start once its release is live. */
export interface AppJobs {
  /** Which a record of the release keeps. */
  readonly settings: object;
  /** Looks whether they would start, before anything else of the release. */
  readonly check: (after: readonly pulumi.Resource[]) => readonly pulumi.Resource[];
}

/** The readiness of new containers: the steps that say so, and what is released with them. */
interface Readiness {
  readonly before: readonly pulumi.CustomResource[];
  readonly started: StartedCompanions | undefined;
}

/** The application: migrated, then its containers, started alongside those they follow, seen healthy and asked. */
export class App extends pulumi.ComponentResource {
  /** The containers' names, which the proxy routes to; known once all have passed the smoke test. */
  readonly containerNames: pulumi.Output<string[]>;
  /** Text that is another one whenever the record of a release is begun. */
  readonly record: pulumi.Output<string>;
  /** Description of the services that are released with it, for the steps; undefined where there are none. */
  readonly services: pulumi.Output<string> | undefined;
  /** Names on the host of the volumes that are to be backed up, by their own; known once they have their owner. */
  readonly backedUp: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(
    name: string,
    args: AppArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:App", name, {}, opts);
    const { settings } = args;
    const volumes = settings.volumes.map((each) => ({
      ...each,
      volumeName: this.volume(name, each, settings, platform),
    }));
    this.backedUp = Object.fromEntries(
      volumes.flatMap((each) => (each.backup ? [[each.name, each.volumeName] as const] : [])),
    );
    const workload = this.workload(name, args, volumes, platform);
    const { image, imageTag: tag, open, deployed, recordedBy, companions } = args;
    const recorded = { settings, image, tag, ...deployed, workload, open };
    const released = { services: companions?.content, jobs: args.jobs?.settings };
    const content = contentOf({ ...recorded, ...released }, platform);
    const begun = beginStep(`${name}-begin`, content, platform, {
      parent: this,
      dependsOn: recordedBy,
    });
    this.record = recordOf(begun, content);
    const user = String(ownerOf(settings.user).uid);
    const wanted = { image, tag, built: args.built, user };
    const fits = imageStep(`${name}-image-fits`, wanted, platform, {
      parent: this,
      dependsOn: begun,
    });
    const fitted = onImage(workload, settings, imageFacts(fits));
    const filled = fillVolumes(`${name}-volumes`, fitted, platform, {
      parent: this,
      dependsOn: fits,
    });
    const there = [fits, ...filled, ...(companions?.images(begun, this) ?? [])];
    const images = [...there, ...(args.jobs?.check(there) ?? [])];
    const migrated = args.migrates ? this.migrate(name, args, fitted, platform, images) : [];
    const { site } = args.release;
    // A ready path may ask for what a companion does, and that starts only when the app is healthy.
    const asksLater = companions !== undefined && site.livePath !== undefined;
    const running = { workload: fitted, count: settings.replicas, site, asksLater };
    const prepared = [...images, ...migrated];
    const instances = new Instances(name, running, platform, { parent: this, dependsOn: prepared });
    const apps = instances.containerNames;
    const started = companions?.start(prepared, apps);
    this.services = started?.description;
    const companionsRun = started === undefined ? [] : [started.step];
    const answered = { containers: apps, workload: fitted, site, asksLater: false };
    const before = asksLater
      ? [
          readyStep(`${name}-answers`, answered, platform, {
            parent: this,
            dependsOn: companionsRun,
          }),
        ]
      : companionsRun;
    this.containerNames = this.asked(name, apps, args.release, platform, { before, started });
    this.registerOutputs({ containerNames: this.containerNames });
  }

  /** Their names once they have passed the smoke test, and what is exchanged after that is. */
  private asked(
    name: string,
    apps: pulumi.Output<string[]>,
    release: Release,
    platform: Platform,
    { before, started }: Readiness,
  ): pulumi.Output<string[]> {
    const opts = { parent: this, dependsOn: [...before] };
    const asked = smokeStep(`${name}-smoke`, apps, release, platform, opts, started?.description);
    const passed = asked === undefined ? before : [...before, asked];
    const exchanged = started?.exchange(passed, apps);
    const steps = exchanged === undefined ? passed : [...passed, exchanged];
    return pulumi.all([apps, pulumi.all(steps.map(({ id }) => id))]).apply(([names]) => names);
  }

  private workload(
    name: string,
    args: AppArgs,
    volumes: readonly { readonly path: string; readonly volumeName: pulumi.Output<string> }[],
    platform: Platform,
  ): Workload {
    const { settings, networks } = args;
    const delivered = this.deliver(`${name}-secrets`, "app", args.secrets, settings, platform);
    return {
      ...appWorkload(settings, args.release.site),
      image: args.image,
      env: { ...args.environment, ...delivered.pointers, ...delivered.secretEnv },
      ...(delivered.volume === undefined ? {} : { secrets: delivered.volume }),
      volumes: volumes.map(({ volumeName, path }) => ({ name: volumeName, path })),
      ...(args.sources === undefined ? {} : { hostFolders: args.sources }),
      networks: networksWith(networks, args.alias),
    };
  }

  private migrate(
    name: string,
    args: AppArgs,
    workload: Workload,
    platform: Platform,
    images: readonly pulumi.Resource[],
  ): pulumi.Resource[] {
    const { migrate } = args.settings;
    if (migrate === undefined) return [];
    const delivered = this.deliver(
      `${name}-migrate-secrets`,
      "migrate",
      args.migrationSecrets,
      args.settings,
      platform,
    );
    const own = { environment: { ...args.environment, ...homeIn(workload) }, delivered };
    const { shot, networks } = migrationShot(migrate, workload, own);
    const { site } = args.release;
    const step = { target: args.migration, shot, networks, livePath: site.livePath, site };
    const opts = { parent: this, dependsOn: [...images] };
    return [migrationStep(`${name}-migrate`, migrate, step, platform, opts)];
  }

  private deliver(
    name: string,
    workload: string,
    values: SecretValues,
    { secretsAs, user }: AppSettings,
    platform: Platform,
  ) {
    return deliverSecrets(name, { workload, values, secretsAs, user }, platform, this);
  }

  private volume(
    name: string,
    volume: AppSettings["volumes"][number],
    settings: AppSettings,
    platform: Platform,
  ): pulumi.Output<string> {
    return new OwnedVolume(
      `${name}-${volume.name}`,
      { workload: "app", role: `app-${volume.name}`, ...ownerOf(settings.user), keep: volume.keep },
      platform,
      { parent: this },
    ).volumeName;
  }
}
