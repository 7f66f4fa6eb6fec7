import * as pulumi from "@pulumi/pulumi";
import { ownerOf, secretsDirectory } from "#lib/platform";
import type { SealedText } from "#lib/sealed";
import { Instances } from "#workload/instances";
import type { Platform } from "#workload/platform";
import type { Release, Site } from "#workload/release";
import { SecretFiles } from "#workload/secret-files";
import { OwnedVolume } from "#workload/volume";
import type { Workload } from "#workload/workload";
import { beginStep, contentOf, recordOf } from "./app/record.js";
import { appTmpfs } from "./app/files.js";
import { imageStep, smokeStep } from "./app/release.js";
import { migrationShot, migrationStep, type MigrationTarget } from "./app/migration.js";
import type { AppSettings } from "./app/settings.js";

type SecretValues = Readonly<Record<string, pulumi.Input<string>>>;

export interface AppArgs {
  readonly settings: AppSettings;
  readonly image: pulumi.Input<string>;
  /** The tag that it was resolved from, where it was one. */
  readonly imageTag?: string | undefined;
  /** Keelson builds it, so it may remove it again. */
  readonly built: boolean;
  /** Text of a sealed setting; secret. */
  readonly open: (sealed: SealedText) => pulumi.Input<string>;
  /** Plain environment, complete. */
  readonly environment: Readonly<Record<string, string>>;
  /** Secrets by name, the database URL and what the settings seal among them. */
  readonly secrets: SecretValues;
  /** The same for the migration: its database URL is the migrator's. */
  readonly migrationSecrets: SecretValues;
  /** What is migrated. */
  readonly migration: MigrationTarget;
  /** Names of the networks: `data` is missing where the database is somebody else's. */
  readonly networks: { readonly data?: pulumi.Input<string>; readonly edge: pulumi.Input<string> };
  readonly release: Release;
  /** What the app is told that it is. */
  readonly deployed: { readonly version: string; readonly gitSha: string };
  /** False where an earlier release is gone back to: its migration has run long since. */
  readonly migrates: boolean;
  /** What keeps the record of its releases. */
  readonly recordedBy: pulumi.Resource;
}

/** The application: migrated, then its containers, started beside those they follow, seen healthy and asked. */
export class App extends pulumi.ComponentResource {
  /** The containers' names, which the proxy routes to; known once all have passed the smoke test. */
  readonly containerNames: pulumi.Output<string[]>;
  /** Text that is another one whenever the record of a release is begun. */
  readonly record: pulumi.Output<string>;
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
    const { deployed, recordedBy } = args;
    const { image, imageTag: tag, open } = args;
    const recorded = { settings, image, tag, ...deployed, workload, open };
    const content = contentOf(recorded, platform);
    const begun = beginStep(`${name}-begin`, content, platform, {
      parent: this,
      dependsOn: recordedBy,
    });
    this.record = recordOf(begun, content);
    const fits = imageStep(`${name}-image-fits`, { image, tag, built: args.built }, platform, {
      parent: this,
      dependsOn: begun,
    });
    const migrated = args.migrates ? this.migrate(name, args, workload, platform, fits) : [];
    const running = { workload, count: settings.replicas, site: args.release.site };
    const instances = new Instances(name, running, platform, {
      parent: this,
      dependsOn: [fits, ...migrated],
    });
    const asked = smokeStep(`${name}-smoke`, instances.containerNames, args.release, platform, {
      parent: this,
    });
    this.containerNames = pulumi
      .all([instances.containerNames, asked?.id])
      .apply(([containerNames]) => containerNames);
    this.registerOutputs({ containerNames: this.containerNames });
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
      networks: [networks.data, networks.edge]
        .filter((network) => network !== undefined)
        .map((network) => ({ name: network })),
    };
  }

  private migrate(
    name: string,
    args: AppArgs,
    workload: Workload,
    platform: Platform,
    image: pulumi.Resource,
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
    const own = { environment: args.environment, delivered };
    const { shot, networks } = migrationShot(migrate, workload, own);
    const { site } = args.release;
    const step = { target: args.migration, shot, networks, livePath: site.livePath, site };
    const opts = { parent: this, dependsOn: image };
    return [migrationStep(`${name}-migrate`, migrate, step, platform, opts)];
  }

  /** Secrets as the app can take them: a volume of files and variables that point at them, or variables. */
  private deliver(
    name: string,
    workload: string,
    values: SecretValues,
    settings: AppSettings,
    platform: Platform,
  ) {
    if (settings.secretsAs === "environment") return { pointers: {}, secretEnv: values };
    if (Object.keys(values).length === 0) return { pointers: {}, secretEnv: {} };
    const files = new SecretFiles(name, { workload, values, ...ownerOf(settings.user) }, platform, {
      parent: this,
    });
    const pointers = Object.fromEntries(
      Object.keys(values).map((key) => [`${key}_FILE`, `${secretsDirectory}/${key}`]),
    );
    return { pointers, secretEnv: {}, volume: files.volumeName };
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

/** The part of the app's workload that follows from settings alone. @param site how the public asks for it */
export function appWorkload(settings: AppSettings, site: Pick<Site, "host" | "scheme">) {
  const { health } = settings;
  return {
    role: "app",
    ...(settings.command === undefined ? {} : { command: settings.command }),
    user: settings.user,
    readOnlyRoot: settings.readOnlyRoot,
    tmpfs: appTmpfs(settings),
    memory: settings.memory,
    cpus: settings.cpus,
    pids: settings.pids,
    health: {
      test: healthTest(settings, site),
      interval: health.interval,
      timeout: health.timeout,
      retries: health.retries,
      startPeriod: health.startPeriod,
      startTimeout: health.startTimeout,
    },
    stopTimeout: settings.stopTimeout,
  };
}

/** As Docker takes it; undefined: the image's own. */
function healthTest(
  { health, port }: AppSettings,
  site: Pick<Site, "host" | "scheme">,
): readonly string[] | undefined {
  if (health.command !== undefined) return ["CMD", ...health.command];
  if (health.test === "image") return undefined;
  if (health.test === "outside") return ["NONE"];
  return ["CMD-SHELL", askOverHttp(`http://127.0.0.1:${String(port)}${health.path}`, site)];
}

/**
 * An image of an app has wget or curl, or names a command of its own. Asked as the public site is, for apps that answer
 * no other host or scheme.
 */
function askOverHttp(url: string, { host, scheme }: Pick<Site, "host" | "scheme">): string {
  const [name, forwarded] = [`'Host: ${host}'`, `'X-Forwarded-Proto: ${scheme}'`];
  return `wget -q -O /dev/null --header ${name} --header ${forwarded} '${url}' 2>/dev/null || curl -fsS -o /dev/null -H ${name} -H ${forwarded} '${url}'`;
}
