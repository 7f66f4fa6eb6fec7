import type { NamedSecret, SectionFacts } from "#lib/section-facts";
import { alertSecrets } from "./alert-settings.js";
import { remoteWriteSecrets } from "./remote-write.js";
import type { MonitoringSettings } from "./settings.js";

/** Secrets of the channels of alerts, and of the receiver of series. */
export const monitoringFacts: SectionFacts<MonitoringSettings> = {
  secretsNamed: ({ alerts, remoteWrite }) =>
    [...alertSecrets(alerts), ...remoteWriteSecrets(remoteWrite)].map(
      ({ path, secret }): NamedSecret => [path, secret],
    ),
};
