import { z } from "zod";
import { port, secretName, urlPath } from "#lib/identifiers";

/** The app's own metrics, as Prometheus reads them. */
export const appMetrics = z
  .strictObject({
    path: urlPath.default("/metrics").describe("Path of the metrics, in Prometheus' text format."),
    port: port.optional().describe("Port of the app that serves them; default: `app.port`."),
    tokenSecret: secretName
      .optional()
      .describe("Name of the secret with a token for the header `Authorization: Bearer`."),
  })
  .optional()
  .describe("The app's own metrics, which monitoring reads from each of its containers.");
