import { healthPath } from "#components/app/health-settings";
import { NameProxy } from "#components/name-proxy";
import type { NamedProcess } from "#components/name-proxy/config";
import type { Settings } from "#config";
import type { Site } from "#workload/release";
import type { Part, Shared } from "./shared.js";

/** The names by which the processes of a stack call each other. */
export function namesPart(shared: Shared): Part {
  const { name, settings, platform, network, image, opts } = shared;
  const proxies = processesOf(settings, shared.release.site).map((process) => {
    const args = { process, image: image("proxy"), network: network.edge };
    return [
      process.name,
      new NameProxy(`${name}-name-${process.name}`, args, platform, opts),
    ] as const;
  });
  const containers = proxies.map(([each, { containerName }]) => [`name-${each}`, containerName]);
  return {
    resources: proxies.map(([, proxy]) => proxy),
    containers: Object.fromEntries(containers) as Part["containers"] & object,
  };
}

/** Processes that others call: the app where there are services, and each of these that listens. */
export function processesOf(
  { app, services }: Settings,
  { host, scheme }: Pick<Site, "host" | "scheme">,
): NamedProcess[] {
  const entries = Object.entries(services);
  if (entries.length === 0) return [];
  const from = { host, scheme };
  const statuses = app.health.statuses?.join(",") ?? "200-299";
  const listening = entries.flatMap(([name, { port, replicas, health }]): NamedProcess[] => {
    if (port === undefined) return [];
    const asked =
      health.path === undefined
        ? {}
        : { asked: { ...from, path: health.path, statuses: "200-399" } };
    return [{ name, port, replicas, ...asked }];
  });
  const asked = { ...from, path: healthPath(app.health), statuses };
  return [{ name: "app", port: app.port, replicas: app.replicas, asked }, ...listening];
}
