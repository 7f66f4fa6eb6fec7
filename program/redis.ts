import type * as pulumi from "@pulumi/pulumi";
import { Redis } from "#components/redis";
import type { Part, Shared } from "./shared.js";

/** Redis servers, and their URLs by the variables that the settings give them. */
export function redisOf(shared: Shared): Part & {
  readonly urls: Readonly<Record<string, pulumi.Output<string>>>;
  /** Host names, each with the password of the user who reads figures alone. */
  readonly servers: readonly { readonly host: string; readonly password: pulumi.Output<string> }[];
  /** Names on the host of the queues' volumes, by the names that these have in backups. */
  readonly dataVolumes: Readonly<Record<string, pulumi.Output<string>>>;
} {
  const { name, settings, platform, network, image, opts } = shared;
  const servers = Object.entries(settings.redis).map(([host, of]) => {
    const args = { host, settings: of, image: image("redis"), network: network.data };
    const server = new Redis(`${name}-redis-${host}`, args, platform, opts);
    return { server, host, variable: of.variable };
  });
  const urls = servers.flatMap(({ server, variable }) =>
    variable === null ? [] : [[variable, server.url] as const],
  );
  const volumes = servers.flatMap(({ server, host }) =>
    server.dataVolume === undefined ? [] : [[`redis-${host}`, server.dataVolume] as const],
  );
  const containers = servers.map(({ server, host }) => [`redis-${host}`, server.containerName]);
  return {
    urls: Object.fromEntries(urls),
    servers: servers.map(({ server, host }) => ({ host, password: server.monitorPassword })),
    dataVolumes: Object.fromEntries(volumes),
    resources: servers.map(({ server }) => server),
    containers: Object.fromEntries(containers) as Part["containers"] & object,
  };
}
