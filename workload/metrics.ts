import { z } from "zod";
import { port, secretName, urlPath } from "#lib/identifiers";

/**
 * The metrics of a process's own, as Prometheus reads them.
 * @param section its settings, such as `app`
 */
export function metricsSettings(section: string) {
  return z.strictObject({
    path: urlPath.default("/metrics").describe("Path of the metrics, in Prometheus' text format."),
    port: port.optional().describe(`Port that serves them; default: \`${section}.port\`.`),
    tokenSecret: secretName
      .optional()
      .describe("Name of the secret with a token for the header `Authorization: Bearer`."),
  });
}
export type MetricsSettings = z.output<ReturnType<typeof metricsSettings>>;
