import { healthPath } from "#components/app/health-settings";
import type { Site } from "#workload/release";
import type { Settings } from "./settings.js";

/** Returns the app as the public asks for it. */
export function siteOf({ app: { port, health }, proxy: { domains, tls } }: Settings): Site {
  const path = healthPath(health);
  const readyPath = health.readyPath ?? path;
  return {
    host: String(domains[0]),
    scheme: tls.mode === "off" ? "http" : "https",
    port,
    readyPath,
    statuses: health.statuses,
    livePath: path === readyPath ? undefined : path,
  };
}
