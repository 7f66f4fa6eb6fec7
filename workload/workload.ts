import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { goDuration, seconds } from "#lib/duration";
import { dockerCpus } from "#lib/identifiers";
import { secretsDirectory } from "#lib/platform";
import { mebibytes } from "#lib/size";
import { labelsOf, type Platform } from "./platform.js";

/** Conditions under which a workload counts as healthy. Durations as in settings (`5s`). */
export interface Health {
  /** As Docker takes it: `["CMD", …]`, `["CMD-SHELL", "…"]` or `["NONE"]`; undefined: the image's own. */
  readonly test: pulumi.Input<readonly string[] | undefined>;
  /** Time between two looks of Docker. Each starts a process in the container, which costs more than most tests do. */
  readonly interval: string;
  readonly timeout: string;
  readonly retries: number;
  readonly startPeriod: string;
  /** The longest wait of `up` for it to be healthy. */
  readonly startTimeout: string;
}

/** One thing that runs: everything that may differ between workloads. The rest is the same for all, below. */
export interface Workload {
  /** `postgres`, `app`, …: its label and the last part of its name. */
  readonly role: string;
  /** Further labels of its containers. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly image: pulumi.Input<string>;
  /** Program in the place of the image's entrypoint. */
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
  /** `uid:gid`, never 0. */
  readonly user: string;
  /** Volume of its secrets, mounted read-only. */
  readonly secrets?: pulumi.Input<string>;
  readonly volumes?: readonly {
    readonly name: pulumi.Input<string>;
    readonly path: string;
    readonly readOnly?: boolean;
    /**
     * Docker does not fill it, while it is empty, from the image's folder at its path: with the content it would take
     * the owner, and the workload's user could not write. Default false.
     */
    readonly noCopy?: boolean;
  }[];
  /** Folders of the Docker host that it may read. */
  readonly hostFolders?: readonly { readonly source: string; readonly path: string }[];
  /** Writable places besides its volumes: path to mount options. */
  readonly tmpfs?: Readonly<Record<string, string>>;
  readonly readOnlyRoot?: boolean;
  /** None: it has no network at all. */
  readonly networks: readonly {
    readonly name: pulumi.Input<string>;
    readonly aliases?: readonly string[];
  }[];
  readonly ports?: readonly {
    readonly internal: number;
    readonly external: number;
    readonly ip: string;
  }[];
  readonly memory: string;
  readonly cpus: number;
  readonly pids: number;
  readonly sharedMemoryMiB?: number;
  readonly health: Health;
  /**
   * Command that shows whether a container of this image and environment would start, and changes nothing. Before the
   * one that runs is replaced, it has to pass in a container of its own, which reads the same volumes.
   */
  readonly trial?: readonly string[];
  /** Its successor starts before it is stopped. Default false. */
  readonly alongside?: boolean;
  readonly stopSignal?: string;
  /** Time that it may take to stop before it is killed. */
  readonly stopTimeout: string;
}

/** The container of a workload: hardened, limited, with rotated logs, labelled. */
export function containerArgs(workload: Workload, platform: Platform): docker.ContainerArgs {
  return {
    image: workload.image,
    ...(workload.entrypoint === undefined ? {} : { entrypoints: [...workload.entrypoint] }),
    ...(workload.command === undefined ? {} : { command: [...workload.command] }),
    envs: Object.entries(workload.env ?? {}).map(
      ([name, value]) => pulumi.interpolate`${name}=${value}`,
    ),
    labels: labelsOf(platform, workload.role, workload.labels),
    ...hardening(workload),
    ...limits(workload),
    ...stopping(workload),
    ...wiring(workload),
    ...healthcheck(workload.health),
    // A step of its own waits for it to be healthy, and asks at once; Docker's first look comes after an interval.
    wait: false,
    mustRun: true,
    restart: "unless-stopped",
    logDriver: "json-file",
    logOpts: { "max-size": "10m", "max-file": "5" },
  };
}

/**
 * Options of every container. Docker's provider takes a change of these inputs for an update in place
 * and then does nothing: only a replacement makes it true.
 */
export const containerOptions = {
  replaceOnChanges: ["healthcheck", "init", "tmpfs", "cpuPeriod", "cpuQuota"],
};

function healthcheck({ test, interval, timeout, startPeriod, retries }: Health) {
  if (test === undefined) return {};
  const times = {
    interval: goDuration(interval),
    timeout: goDuration(timeout),
    startPeriod: goDuration(startPeriod),
  };
  const healthcheckOf = (tests: readonly string[]) => ({ tests: [...tests], ...times, retries });
  if (!pulumi.Output.isInstance(test) && !(test instanceof Promise)) {
    return { healthcheck: healthcheckOf(test) };
  }
  const known = pulumi.output(test).apply((tests) => tests && healthcheckOf(tests));
  // One that resolves to undefined is left out, which the SDK's types do not say.
  return { healthcheck: known as pulumi.Output<ReturnType<typeof healthcheckOf>> };
}

function hardening(workload: Workload) {
  return {
    user: workload.user,
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges"],
    readOnly: workload.readOnlyRoot ?? true,
    tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=64m", ...workload.tmpfs },
    init: true,
  };
}

function limits(workload: Workload) {
  const memory = mebibytes(workload.memory);
  return {
    memory,
    // Unset, it reads back as another value and every refresh shows a change.
    memorySwap: memory,
    cpus: dockerCpus(workload.cpus),
    ...(workload.sharedMemoryMiB === undefined ? {} : { shmSize: workload.sharedMemoryMiB }),
  };
}

/** Without `destroyGraceSeconds` the provider kills at once, whatever `stopTimeout` says. */
function stopping(workload: Workload) {
  return {
    destroyGraceSeconds: seconds(workload.stopTimeout),
    stopTimeout: seconds(workload.stopTimeout),
    ...(workload.stopSignal === undefined ? {} : { stopSignal: workload.stopSignal }),
  };
}

function wiring(workload: Workload) {
  const secrets =
    workload.secrets === undefined
      ? []
      : [{ name: workload.secrets, path: secretsDirectory, readOnly: true }];
  const volumes = workload.volumes ?? [];
  const mounts = volumes.filter(({ noCopy }) => noCopy === true);
  return {
    // Without this a container that names no network is put on Docker's own bridge.
    ...(workload.networks.length === 0 ? { networkMode: "none" } : {}),
    networksAdvanced: workload.networks.map(({ name, aliases }) => ({
      name,
      ...(aliases === undefined ? {} : { aliases: [...aliases] }),
    })),
    volumes: [
      ...[...volumes.filter((each) => !mounts.includes(each)), ...secrets].map(
        ({ name, path, readOnly }) => ({
          volumeName: name,
          containerPath: path,
          readOnly: readOnly ?? false,
        }),
      ),
      ...(workload.hostFolders ?? []).map(({ source, path }) => ({
        hostPath: source,
        containerPath: path,
        readOnly: true,
      })),
    ],
    // Docker's provider has the option in this kind of a volume alone.
    ...(mounts.length === 0 ? {} : { mounts: mounts.map(volumeMount) }),
    ...(workload.ports === undefined || workload.ports.length === 0
      ? {}
      : { ports: workload.ports.map((each) => ({ ...each, protocol: "tcp" })) }),
  };
}

function volumeMount({ name, path, readOnly }: NonNullable<Workload["volumes"]>[number]) {
  return {
    type: "volume",
    source: name,
    target: path,
    readOnly: readOnly ?? false,
    volumeOptions: { noCopy: true },
  };
}
