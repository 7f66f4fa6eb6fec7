import { appFacts } from "#components/app/facts";
import { backupFacts } from "#components/backup/facts";
import { databaseFacts } from "#components/database/facts";
import { jobsFacts } from "#components/jobs/facts";
import { logsFacts } from "#components/logs/facts";
import { monitoringFacts } from "#components/monitoring/facts";
import { postgresFacts } from "#components/postgres/facts";
import { proxyFacts } from "#components/proxy/facts";
import { releaseFacts } from "#components/release/facts";
import { servicesFacts } from "#components/service/facts";
import type { ConnectionPools, NamedSecret, PublishedPort, SectionFacts } from "#lib/section-facts";
import type { Settings } from "./settings.js";

type Facts = { readonly [K in keyof Settings]?: SectionFacts<Settings[K], Settings> };

/** The sections that have facts; earlier ones are the ones named first in a message. */
const facts: Facts = {
  app: appFacts,
  services: servicesFacts,
  jobs: jobsFacts,
  backup: backupFacts,
  proxy: proxyFacts,
  postgres: postgresFacts,
  database: databaseFacts,
  release: releaseFacts,
  monitoring: monitoringFacts,
  logs: logsFacts,
};

/** Ports that a stack publishes on its host. */
export function publishedPorts(settings: Settings): PublishedPort[] {
  return summed(settings, (each, section) => each.published?.(section, settings));
}

/** Every setting that may name a secret, with the name that it has. */
export function secretsNamed(settings: Settings): NamedSecret[] {
  return summed(settings, (each, section) => each.secretsNamed?.(section, settings));
}

/** Pools of connections to the database server; those of no size are left out. */
export function connectionPools(settings: Settings): ConnectionPools[] {
  return summed(settings, (each, section) => each.connections?.(section, settings)).filter(
    ({ size }) => size > 0,
  );
}

function summed<T>(
  settings: Settings,
  of: (facts: SectionFacts<unknown, Settings>, section: unknown) => readonly T[] | undefined,
): T[] {
  return Object.entries(facts).flatMap(
    ([key, each]) =>
      of(each as SectionFacts<unknown, Settings>, settings[key as keyof Settings]) ?? [],
  );
}
