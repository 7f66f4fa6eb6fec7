import type { NamedSecret, SectionFacts } from "#lib/section-facts";
import { alertSecrets } from "./alert-settings.js";
import type { MonitoringSettings } from "./settings.js";

/** Secrets of the channels of alerts. */
export const monitoringFacts: SectionFacts<MonitoringSettings> = {
  secretsNamed: ({ alerts }) =>
    alertSecrets(alerts).map(({ path, secret }): NamedSecret => [path, secret]),
};
