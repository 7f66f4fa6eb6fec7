import { z } from "zod";
import { durationUpTo } from "#lib/duration";
import { domain, port, secretName } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { problemText } from "#lib/settings";

const severity = z
  .enum(["warning", "critical"])
  .default("warning")
  .describe("Least severity that is delivered here; `critical` leaves out warnings.");

const urlSecret = (what: string) => secretName.describe(`Name of the secret with ${what}.`);

const mailAddress = z
  .email({ error: problemText("is not an e-mail address", "write one such as ops@example.com") })
  .meta({ title: "e-mail address" });

const smtp = z.strictObject({
  host: z
    .union([domain, z.ipv4(), z.ipv6()], {
      error: problemText("is not a host", "write the mail server's name or address alone"),
    })
    .describe("Mail server that takes the alerts."),
  port: port.default(587).describe("Its port; at 465 TLS begins with the connection."),
  from: mailAddress.describe("Sender."),
  to: z.array(mailAddress).min(1).describe("Recipients."),
  username: inClear(
    z.string().min(1),
    "it is no secret for the mail server",
    "write it in clear; the password is a secret that passwordSecret names",
  )
    .optional()
    .describe("User at the mail server; default: none."),
  passwordSecret: secretName
    .optional()
    .describe("Name of the secret with the user's password at the mail server."),
  tls: z
    .boolean()
    .default(true)
    .describe("Whether the connection has to be encrypted (STARTTLS, except at port 465)."),
  severity,
});

const webhook = z.strictObject({
  urlSecret: urlSecret("a URL that gets each notification as Alertmanager's JSON, by POST"),
  bearerSecret: secretName
    .optional()
    .describe("Name of the secret with a token for the header `Authorization: Bearer`."),
  severity,
});

const slack = z.strictObject({
  urlSecret: urlSecret("the URL of an incoming webhook"),
  channel: z
    .string()
    .regex(/^[#@]?[^\s"]{1,80}$/, problemText("is not a channel", "write it as in #ops"))
    .optional()
    .describe("Channel; default: the webhook's own."),
  severity,
});

const ntfy = z.strictObject({
  urlSecret: urlSecret("the topic's URL, such as https://ntfy.sh/my-topic"),
  tokenSecret: secretName.optional().describe("Name of the secret with an access token."),
  severity,
});

const pagerduty = z.strictObject({
  routingKeySecret: urlSecret("the integration key (Events API v2)"),
  url: inClear(
    z.url({
      protocol: /^https?$/,
      error: problemText("is not a URL", "write one that begins with https://"),
    }),
    "it is the same for every customer; the key is what is secret",
    "write it in clear, and the key as a secret that routingKeySecret names",
  )
    .meta({ title: "URL" })
    .optional()
    .describe("Service that speaks the same protocol; default: PagerDuty."),
  severity,
});

/** Channels for alerts: each that is named gets all of them. */
export const alertSettings = z.strictObject({
  smtp: smtp.optional().describe("E-mail."),
  webhook: webhook.optional().describe("HTTP POST with Alertmanager's JSON."),
  slack: slack.optional().describe("Slack, or a service with the same incoming webhooks."),
  ntfy: ntfy.optional().describe("ntfy (2.14 or later), for phones."),
  pagerduty: pagerduty.optional().describe("PagerDuty, or a service that speaks its protocol."),
  heartbeatSecret: secretName
    .optional()
    .describe(
      "Name of the secret with a heartbeat URL (healthchecks.io style) that is pinged every minute as long as rules are evaluated and alerts delivered.",
    ),
  repeat: durationUpTo("7d")
    .default("4h")
    .describe("Time after which an alert that still fires is delivered again."),
});
export type AlertSettings = z.output<typeof alertSettings>;

/** Channels in the order of the settings. */
export const channels = ["smtp", "webhook", "slack", "ntfy", "pagerduty"] as const;
export type Channel = (typeof channels)[number];

/** Secrets that deliver alerts: path of the setting, file in the container, name of the secret. */
export function alertSecrets(
  alerts: AlertSettings,
): { readonly path: string; readonly file: string; readonly secret: string }[] {
  const { smtp: mail, webhook: hook, slack: chat, ntfy: push, pagerduty: pager } = alerts;
  const named: [path: string, file: string, secret: string | undefined][] = [
    ["smtp.passwordSecret", "SMTP_PASSWORD", mail?.passwordSecret],
    ["webhook.urlSecret", "WEBHOOK_URL", hook?.urlSecret],
    ["webhook.bearerSecret", "WEBHOOK_BEARER", hook?.bearerSecret],
    ["slack.urlSecret", "SLACK_URL", chat?.urlSecret],
    ["ntfy.urlSecret", "NTFY_URL", push?.urlSecret],
    ["ntfy.tokenSecret", "NTFY_TOKEN", push?.tokenSecret],
    ["pagerduty.routingKeySecret", "PAGERDUTY_KEY", pager?.routingKeySecret],
    ["heartbeatSecret", "HEARTBEAT_URL", alerts.heartbeatSecret],
  ];
  return named.flatMap(([path, file, secret]) =>
    secret === undefined ? [] : [{ path: `monitoring.alerts.${path}`, file, secret }],
  );
}
