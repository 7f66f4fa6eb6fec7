import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { seconds } from "#lib/duration";
import type { ServiceSettings } from "./settings.js";
import { isTested } from "./workload.js";

/** A service whose containers are created. */
export interface CreatedService {
  readonly name: string;
  readonly settings: ServiceSettings;
  readonly ids: readonly pulumi.Output<string>[];
  readonly containers: readonly docker.Container[];
}

/** Services as JSON, as release/services/described.ts reads it. */
export function describeServices(services: readonly CreatedService[]): pulumi.Output<string> {
  const ids = pulumi.all(services.map((each) => pulumi.all([...each.ids])));
  return ids.apply((known) =>
    JSON.stringify(services.map((each, index) => describe(each, known[index] ?? []))),
  );
}

function describe({ name, settings }: CreatedService, containers: readonly string[]) {
  const { exclusive, pids, health, stopTimeout, routes, port } = settings;
  return {
    name,
    exclusive,
    containers,
    pids,
    startSeconds: seconds(health.startTimeout),
    // With a test of its own, passing it is enough.
    settleSeconds: isTested(settings) ? 0 : seconds(health.startPeriod),
    stopSeconds: seconds(stopTimeout),
    ...(routes.length === 0 || port === undefined ? {} : { route: { port, path: health.path } }),
  };
}
