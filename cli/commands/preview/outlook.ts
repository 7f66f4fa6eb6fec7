import type { Docker } from "#lib/docker";
import { containerFates, type ContainerFate } from "./containers.js";
import { dataFate, newVolumes, type DataFate } from "./data.js";
import { downtimeSeconds, outagesOf, type Outage } from "./downtime.js";
import { askHost, type Host } from "./host.js";
import { imageNeeds, neededImages, type ImageNeed } from "./images.js";
import { migrationOf, routingOf, type Migration, type Routing } from "./release.js";
import { previewed, type Previewed } from "./steps.js";
import { containerType, type Step } from "../../engines/runner.js";

/** The consequences of a run for those who use the app. */
export interface Outlook {
  /** Nothing of the stack is there yet. */
  readonly first: boolean;
  readonly containers: readonly ContainerFate[];
  readonly routing: Routing;
  readonly downtime: { readonly seconds: number | null; readonly outages: readonly Outage[] };
  readonly migration: Migration;
  readonly images: readonly ImageNeed[];
  readonly data: DataFate;
  /** The reason why nothing is known of the host; undefined where it was asked. */
  readonly unasked: string | undefined;
}

/** Returns the consequences of a preview's steps, by Docker's answers about what they change. */
export async function outlook(
  steps: readonly Step[],
  stack: { readonly app: string; readonly stack: string },
  docker: Docker,
): Promise<Outlook> {
  const resources = previewed(steps, `${stack.app}-${stack.stack}`);
  const answer = await askHost(docker, {
    containers: resources.flatMap((each) => presentContainer(each) ?? []),
    images: neededImages(resources),
    volumes: newVolumes(resources),
  });
  return typeof answer === "string"
    ? outlookOf(resources, undefined, answer)
    : outlookOf(resources, answer);
}

/** `outlook` once the host has been asked. */
export function outlookOf(
  resources: readonly Previewed[],
  host: Host | undefined,
  unasked?: string,
): Outlook {
  const containers = containerFates(resources, host);
  const outages = outagesOf(containers);
  const kept = newVolumes(resources).some((name) => host?.volumes.has(name));
  const migration = migrationOf(resources, kept);
  return {
    first: resources.every(({ type, old }) => type !== containerType || old === undefined),
    containers,
    routing: routingOf(resources),
    downtime: { seconds: downtimeSeconds(outages), outages },
    migration,
    images: imageNeeds(resources, host),
    data: dataFate(resources, host, migration.resets),
    unasked,
  };
}

/** An outlook as `--json` gives it. */
export function outlookJson({ first, containers, routing, downtime, ...rest }: Outlook): object {
  const { runs, command } = rest.migration;
  return {
    first,
    containers: containers.map(({ name, workload, fate, because }) => ({
      name,
      workload,
      fate,
      because,
    })),
    proxyReloads: routing.reloads,
    downtime,
    migration: { runs, command: command ?? null },
    images: rest.images.map(({ reference, fate, certain }) => ({ reference, fate, certain })),
    data: rest.data,
    unasked: rest.unasked ?? null,
  };
}

function presentContainer({ type, oldState }: Previewed): string | undefined {
  return type === containerType ? oldState?.id : undefined;
}
