import { secretList, type SectionFacts } from "#lib/section-facts";
import { poolSizeOf } from "#workload/pool-size";
import type { ServicesSettings } from "./settings.js";

interface Inherited {
  readonly app: { readonly poolSize: number };
}

/** Secrets and connections of the services. */
export const servicesFacts: SectionFacts<ServicesSettings, Inherited> = {
  secretsNamed: (services) =>
    Object.entries(services).flatMap(([name, { secrets, build, metrics }]) => [
      ...secretList(`services.${name}.secrets`, secrets),
      ...secretList(`services.${name}.build.secrets`, build?.secrets),
      [`services.${name}.metrics.tokenSecret`, metrics?.tokenSecret],
    ]),
  connections: (services, { app }) =>
    Object.entries(services).map(([name, service]) => ({
      path: `services.${name}`,
      size: poolSizeOf(service, app),
      instances: service.replicas,
      exclusive: service.exclusive,
    })),
};
