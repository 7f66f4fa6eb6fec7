import * as pulumi from "@pulumi/pulumi";
import { uids } from "#lib/platform";
import type { Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { nameProxyConfig, type NamedProcess } from "./name-proxy/config.js";

export interface NameProxyArgs {
  readonly process: NamedProcess;
  /** Image of the proxy. */
  readonly image: pulumi.Input<string>;
  /** Name of the edge network. */
  readonly network: pulumi.Input<string>;
}

/**
 * A container that answers by the name of a process and passes on to whichever containers that has: other processes
 * call it by one name before, during and after a release. Nothing of it is published, and no release touches it.
 */
export class NameProxy extends pulumi.ComponentResource {
  /** The container's name, known once it is healthy. */
  readonly containerName: pulumi.Output<string>;

  constructor(
    name: string,
    { process, image, network }: NameProxyArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:NameProxy", name, {}, opts);
    const running = new Running(
      name,
      {
        ...nameProxyWorkload,
        image,
        env: { CONFIGURATION: nameProxyConfig(process) },
        networks: [{ name: network, aliases: [process.name] }],
      },
      platform,
      { parent: this },
    );
    this.containerName = running.containerName;
    this.registerOutputs({ containerName: this.containerName });
  }
}

const program = "/usr/local/bin/name-proxy";
const owner = String(uids.proxy);

/** The part of the workload that is the same for all. */
export const nameProxyWorkload = {
  role: "name",
  user: `${owner}:${owner}`,
  entrypoint: [program],
  trial: [program, "--check"],
  // Both answer by the name meanwhile.
  alongside: true,
  tmpfs: { "/run/haproxy": `rw,noexec,nosuid,nodev,size=1m,uid=${owner},gid=${owner}` },
  memory: "64MiB",
  cpus: 1,
  pids: 32,
  health: {
    test: ["CMD", "/usr/local/bin/healthcheck"],
    interval: "30s",
    timeout: "5s",
    retries: 3,
    startPeriod: "10s",
    startTimeout: "60s",
  },
  // Takes no new connections, and ends with the last of those there are.
  stopSignal: "SIGUSR1",
  stopTimeout: "30s",
};
