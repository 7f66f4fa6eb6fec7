import type { SectionFacts } from "#lib/section-facts";
import { poolSizeOf } from "#workload/pool-size";
import type { JobsSettings } from "./settings.js";

interface Whole {
  readonly app: { readonly poolSize: number };
  readonly services: Readonly<Record<string, Parameters<typeof poolSizeOf>[0]>>;
}

/** Secrets and connections of the jobs. */
export const jobsFacts: SectionFacts<JobsSettings, Whole> = {
  secretsNamed: (jobs) =>
    Object.entries(jobs).flatMap(([name, { http, heartbeatSecret }]) => [
      [`jobs.${name}.http.bearerSecret`, http?.bearerSecret] as const,
      [`jobs.${name}.heartbeatSecret`, heartbeatSecret] as const,
    ]),
  // A command has a process's pool. Two releases start each run once.
  connections: (jobs, { app, services }) =>
    Object.entries(jobs).flatMap(([name, { command, service }]) => {
      const of = service === undefined ? undefined : services[service];
      const size = of === undefined ? app.poolSize : poolSizeOf(of, app);
      const pool = { path: `jobs.${name}`, size, instances: 1, exclusive: true };
      return command === undefined ? [] : [pool];
    }),
};
