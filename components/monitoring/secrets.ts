import { alertSecrets } from "./alert-settings.js";
import { remoteWriteSecrets } from "./remote-write.js";
import type { MonitoringSettings } from "./settings.js";

/** Secrets that what leaves the stack needs: path of the setting, file in the container, name of the secret. */
export function monitoringSecrets({
  alerts,
  remoteWrite,
}: Pick<MonitoringSettings, "alerts" | "remoteWrite">) {
  return [...alertSecrets(alerts), ...remoteWriteSecrets(remoteWrite)];
}
