import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { seconds } from "../lib/duration.js";
import { gate, gateEnvironment, waitHealthy } from "./gate.js";
import { dockerCommand } from "./one-shot.js";
import type { Platform } from "./platform.js";
import { containerArgs, containerOptions, type Workload } from "./workload.js";

/** How a workload is replaced. */
export interface RunningOptions extends pulumi.ComponentResourceOptions {
  /** Start the new container before the old one stops; impossible with host ports or a volume in use. */
  readonly besideOld?: boolean;
}

/** A workload as a container: running, limited and seen healthy. */
export class Running extends pulumi.ComponentResource {
  /** The container's name, known once it is healthy. */
  readonly containerName: pulumi.Output<string>;
  /** The container's id, known once it is healthy. */
  readonly containerId: pulumi.Output<string>;

  constructor(name: string, workload: Workload, platform: Platform, opts: RunningOptions) {
    const { besideOld, ...rest } = opts;
    super("keelson:workload:Running", name, {}, rest);
    const wanted = containerArgs(workload, platform);
    // A release is waited for by the step below, which also says why it failed and stops what did.
    const args = besideOld === true ? { ...wanted, wait: false } : wanted;
    const container = new docker.Container(name, args, {
      ...containerOptions,
      parent: this,
      // Docker's provider would stop the old one first even when the name is generated.
      deleteBeforeReplace: besideOld !== true,
    });
    const ready = dockerCommand(
      `${name}-ready`,
      {
        create: besideOld === true ? gatedReadyScript : readyScript,
        environment: {
          ...(besideOld === true ? gateEnvironment(platform) : {}),
          CONTAINER: container.id,
          PIDS: String(workload.pids),
          TIMEOUT: String(seconds(workload.health.startTimeout)),
        },
      },
      platform,
      { parent: this },
    );
    const [containerName, containerId] = [container.name, container.id].map((output) =>
      pulumi.all([output, ready.id]).apply(([value]) => value),
    ) as [pulumi.Output<string>, pulumi.Output<string>];
    this.containerName = containerName;
    this.containerId = containerId;
    this.registerOutputs({ containerName, containerId });
  }
}

/**
 * Docker's provider has no limit on processes, and on a retry after a failed health wait it reports an unhealthy
 * container as updated: so the limit is set, and health is looked at again, by a step of its own.
 */
export const readyScript = `${waitHealthy}
docker update --pids-limit "$PIDS" "$CONTAINER" >/dev/null || exit 1
wait_healthy "$CONTAINER" "$TIMEOUT" && exit 0
echo "container $CONTAINER is $health, not healthy; its last 50 log lines:" >&2
docker logs --tail 50 "$CONTAINER" >&2
exit 1`;

const gatedReadyScript = `${gate}
start_again "$CONTAINER"
docker update --pids-limit "$PIDS" "$CONTAINER" >/dev/null || exit 1
wait_healthy "$CONTAINER" "$TIMEOUT" && exit 0
give_up "$CONTAINER" "health: the container is $health after $TIMEOUT s, not healthy"`;
