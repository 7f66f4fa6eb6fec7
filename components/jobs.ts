import * as pulumi from "@pulumi/pulumi";
import { seconds } from "#lib/duration";
import { ownerOf } from "#lib/platform";
import { picked } from "#lib/picked";
import { deliverSecrets } from "#workload/delivery";
import { spaced } from "#workload/spaced";
import { networksWith } from "#workload/networks";
import type { Platform } from "#workload/platform";
import { SecretFiles } from "#workload/secret-files";
import { unstartedContainers } from "#workload/unstarted";
import { OwnedVolume } from "#workload/volume";
import type { Workload } from "#workload/workload";
import { jobsPaths, listOfJobs, secretsOfJobs } from "./jobs/list.js";
import type { JobsOfProcess } from "./jobs/process.js";
import { RunnerFiles } from "./jobs/runner-files.js";
import { checkStep, guardStep, liveStep, type StartedJobs } from "./jobs/steps.js";
import { jobsWorkload } from "./jobs/workload.js";

export interface JobsArgs {
  readonly processes: readonly JobsOfProcess[];
  /** Image with the program that starts jobs. */
  readonly runner: pulumi.Input<string>;
  /** Values of the stack's secrets. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
  /** The public address of the app, and the app's own port. */
  readonly site: {
    readonly host: string;
    readonly scheme: "http" | "https";
    readonly port: number;
  };
}

interface Prepared {
  readonly of: JobsOfProcess;
  readonly ledger: pulumi.Output<string>;
  readonly files: pulumi.Output<string>;
  /** JSON of the image's ENTRYPOINT; known once the check has passed. */
  entrypoint?: pulumi.Output<string>;
}

/** The jobs of a stack: a container for each process that has some, in the process's own image. */
export class Jobs extends pulumi.ComponentResource {
  /** Names on the host of the volumes with the ledgers and the metrics, by the process. */
  readonly ledgers: Readonly<Record<string, pulumi.Output<string>>>;
  /** Names of the containers by the process, known once they run. */
  readonly containerNames: Record<string, pulumi.Output<string>> = {};
  readonly #args: JobsArgs;
  readonly #platform: Platform;
  readonly #runner: pulumi.Output<string>;
  readonly #prepared: readonly Prepared[];

  constructor(
    name: string,
    args: JobsArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Jobs", name, {}, guarded(name, args, platform, opts));
    this.#args = args;
    this.#platform = platform;
    this.#runner = new RunnerFiles(`${name}-runner`, args.runner, platform, {
      parent: this,
    }).volumeName;
    this.#prepared = args.processes.map((of) => this.prepare(of));
    const ledgers = this.#prepared.map(({ of, ledger }) => [of.process, ledger] as const);
    this.ledgers = Object.fromEntries(ledgers);
    this.registerOutputs({});
  }

  /**
   * The gate of a release: whether the jobs would start in its images.
   * @param after what comes before: the record of the release, and its images
   */
  check(after: readonly pulumi.Resource[]): pulumi.Resource[] {
    return this.#prepared.map((each) => {
      const { of, files } = each;
      const mounted = { runner: this.#runner, files };
      const step = checkStep(`${this.part(of.process)}-check`, of, mounted, this.#platform, {
        parent: this,
        dependsOn: [...after],
      });
      each.entrypoint = step.stdout;
      return step;
    });
  }

  /**
   * The release is live: its jobs are started, and what runs of those before comes to its end.
   * @param apps names of the app's containers
   * @param after what comes before: the release has been accepted
   * @param record text that is another one whenever the record of a release is begun
   */
  start(
    apps: pulumi.Output<string[]>,
    after: readonly pulumi.Resource[],
    record: pulumi.Input<string>,
  ): pulumi.Resource {
    const created = this.#prepared.map((each): StartedJobs => {
      const workload = this.workload(each, apps);
      const opts = { parent: this, dependsOn: [...after], retainOnDelete: true };
      const name = this.part(each.of.process);
      const [container] = unstartedContainers(name, { workload, count: 1 }, this.#platform, opts);
      if (container === undefined) throw new Error("There is no container.");
      return { of: each.of, container };
    });
    const step = liveStep(`${this.#platform.name}-jobs-live`, created, record, this.#platform, {
      parent: this,
      dependsOn: [...after],
    });
    for (const { of, container } of created) {
      const known = pulumi.all([container.name, step.id]).apply(([name]) => name);
      this.containerNames[of.process] = known;
    }
    return step;
  }

  private prepare(of: JobsOfProcess): Prepared {
    const { process, jobs, settings } = of;
    const name = this.part(process);
    const owner = ownerOf(settings.user);
    // Its owner is a part of the name: that of another user goes on while it is drained.
    const role = `${roleOf(process)}-${String(owner.uid)}`;
    const kept = { workload: "jobs-ledger", role, ...owner, keep: true };
    const ledger = new OwnedVolume(`${name}-ledger-${String(owner.uid)}`, kept, this.#platform, {
      parent: this,
    }).volumeName;
    const values = {
      ...picked(this.#args.secrets, secretsOfJobs(jobs)),
      "jobs.json": listOfJobs(jobs, seconds(settings.stopTimeout)),
    };
    const own = { workload: "jobs", values, ...owner, retain: true };
    const files = new SecretFiles(`${name}-files`, own, this.#platform, { parent: this });
    return { of, ledger, files: files.volumeName };
  }

  private workload(
    { of, ledger, files, entrypoint }: Prepared,
    apps: pulumi.Output<string[]>,
  ): Workload {
    const { process, settings, secrets } = of;
    const { secretsAs, user } = settings;
    const delivered = deliverSecrets(
      `${this.part(process)}-secrets`,
      { workload: "jobs", values: secrets, secretsAs, user, retain: true },
      this.#platform,
      this,
    );
    const env = { ...of.environment, ...delivered.pointers, ...delivered.secretEnv };
    return {
      ...jobsWorkload(process, settings),
      image: of.image,
      env: { ...env, ...this.ofRunner(of, apps, entrypoint) },
      ...(delivered.volume === undefined ? {} : { secrets: delivered.volume }),
      volumes: [
        ...of.volumes,
        { name: this.#runner, path: jobsPaths.bin, readOnly: true },
        { name: files, path: jobsPaths.files, readOnly: true },
        { name: ledger, path: jobsPaths.ledger },
      ],
      networks: networksWith(of.networks, undefined),
    };
  }

  private ofRunner(
    { process, port }: JobsOfProcess,
    apps: pulumi.Output<string[]>,
    entrypoint: pulumi.Output<string> | undefined,
  ): Record<string, pulumi.Input<string>> {
    const { site } = this.#args;
    const asked =
      port === undefined
        ? apps.apply((names) => names.map((each) => `http://${each}:${String(site.port)}`))
        : [`http://${process}:${String(port)}`];
    return {
      KEELSON_APP: spaced(asked),
      KEELSON_ENTRYPOINT: entrypoint ?? "[]",
      KEELSON_HOST: site.host,
      KEELSON_SCHEME: site.scheme,
    };
  }

  /** First part of the names of what is of one process's jobs. */
  private part(process: string): string {
    return `${this.#platform.name}-${roleOf(process)}`;
  }
}

/** Behind a step that all of it depends on, so that the step's end comes after an engine has forgotten the rest. */
function guarded(
  name: string,
  { processes }: JobsArgs,
  platform: Platform,
  opts: pulumi.ComponentResourceOptions = {},
): pulumi.ComponentResourceOptions {
  const { parent } = opts;
  const of = parent === undefined ? {} : { parent };
  const guard = guardStep(`${name}-guard`, processes, platform, of);
  return pulumi.mergeOptions(opts, { dependsOn: guard });
}

function roleOf(process: string): string {
  return process === "app" ? "jobs" : `jobs-${process}`;
}
