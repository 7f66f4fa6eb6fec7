import type * as pulumi from "@pulumi/pulumi";
import type { App } from "#components/app";
import { Volumes } from "#components/backup/volumes";
import { optionalSecret } from "#components/secrets";
import type { Services } from "#components/service";
import {
  larger,
  queueMemory,
  queuesIn,
  suffixOf,
  volumeGroups,
  type VolumeGroup,
} from "#config/backed-volumes";
import { picked } from "#lib/picked";
import type { redisOf } from "./redis.js";
import type { Part, Shared } from "./shared.js";

/** Parts of the stack's other backups that backups of volumes need. */
export interface VolumesNeeds {
  readonly app: App;
  /** Undefined where there are none. */
  readonly services: Services | undefined;
  readonly redis: Pick<ReturnType<typeof redisOf>, "dataVolumes" | "resources">;
  readonly passphrase: pulumi.Output<string>;
  /** Volumes of their status, by the key of their owner. */
  readonly status: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Backups of the volumes that are marked, and of queues; there is a passphrase wherever there are backups. */
export function volumesOf(shared: Shared, needs: VolumesNeeds | undefined): Part {
  if (needs === undefined) return { resources: [] };
  const made = volumeGroups(shared.settings).map((group) => ({
    name: `volumes${suffixOf(group)}`,
    volumes: ownersVolumes(shared, needs, group),
  }));
  return {
    resources: made.map(({ volumes }) => volumes),
    containers: Object.fromEntries(made.map(({ name, volumes }) => [name, volumes.containerName])),
  };
}

function ownersVolumes(shared: Shared, needs: VolumesNeeds, group: VolumeGroup): Volumes {
  const { name, settings, platform, image, opts, secrets } = shared;
  const { app, services, redis, passphrase, status } = needs;
  const all = { ...app.backedUp, ...services?.backedUp, ...redis.dataVolumes };
  const queues = queuesIn(group);
  const args = {
    settings: settings.backup,
    image: image("backup"),
    user: group.owner,
    suffix: suffixOf(group),
    volumes: picked(
      all,
      group.volumes.map((each) => each.name),
    ),
    queues,
    memory: larger(queueMemory(group, settings), settings.backup.memory),
    passphrase,
    status: status[group.key] ?? "",
    secrets: secrets.values,
    heartbeatUrl: optionalSecret(secrets, settings.backup.heartbeatSecret),
  };
  return new Volumes(`${name}-volumes${suffixOf(group)}`, args, platform, {
    ...opts,
    // The first backup is of what a server has written.
    ...(queues.length === 0 ? {} : { dependsOn: [...redis.resources] }),
  });
}
