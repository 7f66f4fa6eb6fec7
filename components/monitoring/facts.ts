import type { NamedSecret, SectionFacts } from "#lib/section-facts";
import { monitoringSecrets } from "./secrets.js";
import type { MonitoringSettings } from "./settings.js";

/** Secrets of the channels of alerts, and of the receiver of series. */
export const monitoringFacts: SectionFacts<MonitoringSettings> = {
  secretsNamed: (settings) => [
    ...monitoringSecrets(settings).map(({ path, secret }): NamedSecret => [path, secret]),
    ["monitoring.page.passwordSecret", settings.page?.passwordSecret],
  ],
};
