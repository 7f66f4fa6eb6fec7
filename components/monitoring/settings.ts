import { z } from "zod";
import { durationUpTo, latency } from "#lib/duration";
import { cpus } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { problemText } from "#lib/settings";
import { sizeFrom } from "#lib/size";
import { alertSettings } from "./alert-settings.js";
import { pageSettings } from "./page-settings.js";
import { remoteWriteSettings } from "./remote-write.js";

const slo = z.strictObject({
  availability: z
    .number()
    .min(90)
    .max(99.999)
    .default(99.9)
    .describe("Percentage of requests that are not answered with 5xx."),
  latency: z
    .strictObject({
      p99: latency
        .default("1s")
        .describe("Time within which 99 of 100 requests get the beginning of their answer."),
    })
    .prefault({})
    .describe("How fast the app answers."),
});

const percentage = (value: number, what: string) =>
  z.number().min(1).max(100).default(value).describe(`${what}, in percent.`);

const thresholds = z.strictObject({
  memory: percentage(90, "Memory of a container in use, of its limit"),
  connections: percentage(80, "Connections to the database in use, of those that there are"),
  refused: percentage(5, "Requests that the proxy refuses, by a rate limit for example"),
  transaction: durationUpTo("7d").default("30m").describe("Duration of an open transaction."),
  query: latency
    .default("1s")
    .describe(
      "Mean duration of a query that takes a tenth of a second of every second, where the database has the extension `pg_stat_statements`.",
    ),
});

const deadLetters = z.strictObject({
  metric: z
    .string()
    .regex(
      /^[A-Za-z_:][A-Za-z0-9_:]*$/,
      problemText("is not the name of a metric", "write one of app.metrics, such as dead_letters"),
    )
    .meta({ title: "metric" })
    .describe("Metric of the app with their number; of several containers the largest counts."),
  most: z.int().min(0).default(0).describe("Number that is no alert yet."),
});

const ruleFile = z
  .string()
  .min(1)
  .meta({ title: "file" })
  .describe("File of Prometheus' rules, from the project's folder.");

/** Settings of a stack's monitoring and alerts. */
export const monitoringSettings = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe("Whether a container with Prometheus, Alertmanager and exporters watches the stack."),
  retention: durationUpTo("365d").default("15d").describe("How long series are kept."),
  storage: sizeFrom("128MiB")
    .default("512MiB")
    .describe("Most disk that series may take; the oldest are deleted first."),
  memory: sizeFrom("192MiB").default("256MiB").describe("Most memory that all of it may use."),
  cpus: cpus.default(0.5).describe("Processors that all of it may use."),
  keepData: z
    .boolean()
    .default(true)
    .describe("Whether its series stay when monitoring is switched off or the stack destroyed."),
  publicUrl: inClear(
    z.url({
      protocol: /^https?$/,
      error: problemText("is not a URL", "write one such as https://www.example.com/"),
    }),
    "it is asked for in clear",
    "write the site's address without a secret in it",
  )
    .meta({ title: "URL" })
    .optional()
    .describe(
      "Address at which the site is asked for as a client does, with name resolution and a check of the certificate; default: only through the stack's proxy.",
    ),
  slo: slo.prefault({}).describe("Goals whose violation is an alert."),
  thresholds: thresholds
    .prefault({})
    .describe("Values beyond which the shipped rules fire, where no goal is meant."),
  deadLetters: deadLetters
    .optional()
    .describe("Messages that no worker could process, as the app counts them; default: none."),
  rules: z
    .array(ruleFile)
    .max(20)
    .default([])
    .describe("Further rules of Prometheus; they are checked by `keelson check` and before `up`."),
  alerts: alertSettings.prefault({}).describe("Where alerts are delivered."),
  page: pageSettings
    .optional()
    .describe(
      "Status page that the proxy serves, with one of `passwordSecret`, `allow` and `public`; default: none.",
    ),
  remoteWrite: remoteWriteSettings
    .optional()
    .describe(
      "Server that gets the series as well, for dashboards and longer retention; default: none.",
    ),
});
export type MonitoringSettings = z.output<typeof monitoringSettings>;
