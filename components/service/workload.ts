import { httpTest } from "#workload/http-test";
import { processWorkload } from "#workload/process";
import type { TmpfsSettings } from "#workload/tmpfs";
import type { ServiceSettings } from "./settings.js";

/** Settings of a service with what it inherits filled in. */
export interface ResolvedService extends ServiceSettings, TmpfsSettings {
  readonly user: string;
  readonly tmp: NonNullable<ServiceSettings["tmp"]>;
  readonly tmpfs: string[];
  readonly readOnlyRoot: boolean;
  readonly secretsAs: "files" | "environment";
}

/** Label with the service that a container is of. */
const serviceLabel = "dev.keelson.service";
/** Label of one that never runs alongside another of its service, so that a preview can say so. */
const exclusiveLabel = "dev.keelson.exclusive";

/** The part of a service's workload that follows from its settings alone. */
export function serviceWorkload(name: string, settings: ResolvedService) {
  const { command, stopSignal } = settings;
  return {
    role: "service",
    labels: {
      [serviceLabel]: name,
      ...(settings.exclusive ? { [exclusiveLabel]: "true" } : {}),
    },
    ...(command === undefined ? {} : { command }),
    ...processWorkload(settings, healthTest(settings)),
    ...(stopSignal === undefined ? {} : { stopSignal }),
  };
}

/** True where it has a health test; without one it is healthy once it has run for its start period. */
export function isTested({ health }: Pick<ServiceSettings, "health">): boolean {
  return health.command !== undefined || health.path !== undefined;
}

/** As Docker takes it. An image's own HEALTHCHECK is most often that of a web server, which a worker is not. */
function healthTest({ health, port }: ServiceSettings): readonly string[] {
  if (health.command !== undefined) return ["CMD", ...health.command];
  if (health.path === undefined || port === undefined) return ["NONE"];
  return httpTest(port, health.path);
}
