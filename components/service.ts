import * as pulumi from "@pulumi/pulumi";
import { ownerOf } from "#lib/platform";
import { deliverSecrets, type SecretValues } from "#workload/delivery";
import { fillVolumes } from "#workload/fill-volumes";
import type { Platform } from "#workload/platform";
import { proxyEnvironment, releaseStep } from "#workload/step";
import { unstartedContainers } from "#workload/unstarted";
import { OwnedVolume } from "#workload/volume";
import { instancesAlias, networksWith, type ProcessNetworks } from "#workload/networks";
import type { Workload } from "#workload/workload";
import { describeServices, type CreatedService } from "./service/steps.js";
import { serviceWorkload, type ResolvedService } from "./service/workload.js";

/** One service as the program makes it. */
export interface ServiceArgs {
  readonly name: string;
  readonly settings: ResolvedService;
  readonly image: pulumi.Input<string>;
  /** Plain environment, complete. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** Secrets by name, what it inherits and what its settings seal among them. */
  readonly secrets: SecretValues;
  readonly networks: ProcessNetworks;
}

/** A service with everything that its containers are made of. */
interface Prepared {
  readonly args: ServiceArgs;
  readonly workload: Workload;
}

/** The services of a stack. They are released with the app: what it waits for and what waits for it is the program's. */
export class Services extends pulumi.ComponentResource {
  /** All that the containers of each are made of; may hold secrets. */
  readonly workloads: Readonly<Record<string, Workload>>;
  /** Names on the host of the volumes that are to be backed up, by `<service>-<volume>`. */
  readonly backedUp: Readonly<Record<string, pulumi.Output<string>>>;
  readonly #name: string;
  readonly #platform: Platform;
  readonly #prepared: readonly Prepared[];

  constructor(
    name: string,
    services: readonly ServiceArgs[],
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Services", name, {}, opts);
    this.#name = name;
    this.#platform = platform;
    const volumes = services.map((each) => this.volumes(each));
    this.#prepared = services.map((args, index) => ({
      args,
      workload: this.workload(args, volumes[index] ?? []),
    }));
    this.workloads = Object.fromEntries(
      this.#prepared.map(({ args, workload }) => [args.name, workload]),
    );
    this.backedUp = Object.fromEntries(
      services.flatMap((each, index) =>
        (volumes[index] ?? []).flatMap(({ name: volume, backup, volumeName }) =>
          backup ? [[`${each.name}-${volume}`, volumeName] as const] : [],
        ),
      ),
    );
    this.registerOutputs({});
  }

  /**
   * Creates the containers, and starts those that may run alongside the ones of before, or that none of before is of.
   * @param after what comes before any container of the release
   * @param apps names of the app's new containers, known once these are healthy
   */
  start(after: readonly pulumi.Resource[], apps: pulumi.Output<string[]>): StartedServices {
    const created = this.#prepared.map(({ args, workload }): CreatedService => {
      const { name, settings } = args;
      const count = settings.exclusive ? 1 : settings.replicas;
      const filled = fillVolumes(`${this.part(name)}-volumes`, workload, this.#platform, {
        parent: this,
        dependsOn: [...after],
      });
      const opts = { parent: this, dependsOn: [...after, ...filled] };
      const each = { workload, count };
      const containers = unstartedContainers(this.part(name), each, this.#platform, opts);
      return { name, settings, ids: containers.map(({ id }) => id), containers };
    });
    const description = describeServices(created);
    return { description, created, step: this.step("start", apps, description, []) };
  }

  /** Puts exclusive ones in the place of those of before; undefined where there is none. */
  exchange(
    after: readonly pulumi.Resource[],
    apps: pulumi.Output<string[]>,
    { description }: StartedServices,
  ): pulumi.CustomResource | undefined {
    const isNeeded = this.#prepared.some(({ args }) => args.settings.exclusive);
    return isNeeded ? this.step("exchange", apps, description, after) : undefined;
  }

  private step(
    which: "start" | "exchange",
    apps: pulumi.Output<string[]>,
    description: pulumi.Input<string>,
    after: readonly pulumi.Resource[],
  ): pulumi.CustomResource {
    const environment = {
      ...proxyEnvironment(this.#platform),
      CONTAINERS: apps.apply((names) => names.join(" ")),
      SERVICES: description,
    };
    const opts = { parent: this, dependsOn: [...after] };
    const name = `${this.#name}-${which}`;
    return releaseStep(name, `services-${which}`, { environment }, this.#platform, opts);
  }

  private workload(args: ServiceArgs, volumes: readonly MadeVolume[]): Workload {
    const { name, settings, networks } = args;
    const { secretsAs, user } = settings;
    const delivered = deliverSecrets(
      `${this.part(name)}-secrets`,
      { workload: "service", values: args.secrets, secretsAs, user },
      this.#platform,
      this,
    );
    // By which a proxy and monitoring find the containers; who listens on nothing needs none.
    const listens = settings.port !== undefined || settings.metrics !== undefined;
    const alias = listens ? instancesAlias(name) : undefined;
    return {
      ...serviceWorkload(name, settings),
      image: args.image,
      env: { ...args.environment, ...delivered.pointers, ...delivered.secretEnv },
      ...(delivered.volume === undefined ? {} : { secrets: delivered.volume }),
      volumes: volumes.map(({ volumeName, path }) => ({ name: volumeName, path })),
      networks: networksWith(networks, alias),
    };
  }

  private volumes({ name, settings }: ServiceArgs): MadeVolume[] {
    return settings.volumes.map((volume) => {
      const role = `service-${name}-${volume.name}`;
      const owned = { workload: "service", role, ...ownerOf(settings.user), keep: volume.keep };
      const { volumeName } = new OwnedVolume(
        `${this.part(name)}-${volume.name}`,
        owned,
        this.#platform,
        {
          parent: this,
        },
      );
      return { ...volume, volumeName };
    });
  }

  /** First part of the names of what is one service's. */
  private part(service: string): string {
    return `${this.#platform.name}-service-${service}`;
  }
}

/** The containers of a release's services. */
export interface StartedServices {
  /** As the steps of a release read it. */
  readonly description: pulumi.Output<string>;
  readonly created: readonly CreatedService[];
  /** The step that starts them, but for those that are exchanged. */
  readonly step: pulumi.CustomResource;
}

interface MadeVolume {
  readonly name: string;
  readonly path: string;
  readonly backup: boolean;
  readonly volumeName: pulumi.Output<string>;
}
