import { secretsDirectory } from "#lib/platform";
import { channels, type AlertSettings, type Channel } from "./alert-settings.js";

const file = (name: string) => `${secretsDirectory}/${name}`;

/** An alert that always fires, so that its absence shows that monitoring is dead. */
export const watchdog = "KeelsonWatchdog";

/** Configuration of Alertmanager. No secret stands in it: it names their files. */
export function alertmanagerConfig(alerts: AlertSettings) {
  const used = channels.filter((channel) => alerts[channel] !== undefined);
  const heart = alerts.heartbeatSecret === undefined ? undefined : heartbeat;
  return {
    route: {
      receiver: "nobody",
      group_by: ["alertname", "stack"],
      group_wait: "5s",
      group_interval: "1m",
      repeat_interval: alerts.repeat,
      routes: [
        {
          receiver: heart === undefined ? "nobody" : "heartbeat",
          matchers: [`alertname="${watchdog}"`],
          group_wait: "0s",
          // Looked at once a minute: a whole one is not over then by some milliseconds, and it would be every other.
          group_interval: "1m",
          repeat_interval: "30s",
        },
        ...used.map((channel) => routeOf(channel, alerts)),
      ],
    },
    inhibit_rules: [
      // What follows from an outage is not delivered as well.
      inhibits("KeelsonSiteDown", ["KeelsonNotReady", "KeelsonErrorsFast", "KeelsonErrorsSlow"]),
      inhibits("KeelsonErrorsFast", ["KeelsonErrorsSlow"]),
      inhibits("KeelsonCertificateEnds", ["KeelsonCertificateEndsSoon"]),
      inhibits("KeelsonDiskFull", ["KeelsonDiskFilling"]),
    ],
    receivers: [
      { name: "nobody" },
      ...(heart === undefined ? [] : [heart]),
      ...used.map((channel) => ({ name: channel, ...receivers[channel](alerts) })),
    ],
  };
}

function routeOf(channel: Channel, alerts: AlertSettings) {
  const severity = alerts[channel]?.severity === "critical" ? "critical" : "critical|warning";
  return { receiver: channel, matchers: [`severity=~"${severity}"`], continue: true };
}

function inhibits(source: string, targets: readonly string[]) {
  return {
    source_matchers: [`alertname="${source}"`],
    target_matchers: [`alertname=~"${targets.join("|")}"`],
    // Of a disk: the same one.
    equal: ["stack", "volume"],
  };
}

const heartbeat = {
  name: "heartbeat",
  webhook_configs: [{ url_file: file("HEARTBEAT_URL"), send_resolved: false }],
};

/** Title with the event and the remedy; the same in every channel that shows text. */
const title =
  '{{ if eq .Status "firing" }}FIRING{{ else }}RESOLVED{{ end }} {{ .CommonLabels.stack }}: {{ .CommonLabels.alertname }}';
const text = [
  "{{ range .Alerts -}}",
  '{{ if eq .Status "firing" }}FIRING{{ else }}RESOLVED{{ end }} {{ .Labels.severity }}: {{ .Annotations.summary }}',
  "{{ if .Annotations.action }}What to do: {{ .Annotations.action }}",
  "{{ end }}{{ if .Annotations.runbook }}Runbook: {{ .Annotations.runbook }}",
  '{{ end }}Since: {{ .StartsAt.UTC.Format "2006-01-02 15:04:05 UTC" }}',
  "",
  "{{ end }}",
].join("\n");

/** The part of a receiver that delivers to a channel. */
const receivers: Readonly<Record<Channel, (alerts: AlertSettings) => object>> = {
  smtp: ({ smtp }) => ({
    email_configs: [
      {
        to: smtp?.to.join(", "),
        from: smtp?.from,
        smarthost: `${bracketed(smtp?.host ?? "")}:${String(smtp?.port)}`,
        hello: "keelson",
        require_tls: smtp?.tls === true && smtp.port !== 465,
        ...(smtp?.username === undefined ? {} : { auth_username: smtp.username }),
        ...(smtp?.passwordSecret === undefined
          ? {}
          : { auth_password_file: file("SMTP_PASSWORD") }),
        headers: { Subject: title },
        html: "",
        text,
        send_resolved: true,
      },
    ],
  }),
  webhook: ({ webhook }) => ({
    webhook_configs: [
      {
        url_file: file("WEBHOOK_URL"),
        send_resolved: true,
        ...bearer(webhook?.bearerSecret, "WEBHOOK_BEARER"),
      },
    ],
  }),
  slack: ({ slack }) => ({
    slack_configs: [
      {
        api_url_file: file("SLACK_URL"),
        ...(slack?.channel === undefined ? {} : { channel: slack.channel }),
        send_resolved: true,
        title: title,
        title_link: "",
        text,
      },
    ],
  }),
  ntfy: ({ ntfy }) => ({
    webhook_configs: [
      {
        url_file: file("NTFY_URL"),
        send_resolved: true,
        ...bearer(ntfy?.tokenSecret, "NTFY_TOKEN"),
      },
    ],
  }),
  pagerduty: ({ pagerduty }) => ({
    pagerduty_configs: [
      {
        routing_key_file: file("PAGERDUTY_KEY"),
        ...(pagerduty?.url === undefined ? {} : { url: pagerduty.url }),
        send_resolved: true,
        description: title,
        severity: "{{ .CommonLabels.severity }}",
        client: "keelson",
        client_url: "",
        details: { text },
      },
    ],
  }),
};

function bearer(secret: string | undefined, name: string) {
  return secret === undefined
    ? {}
    : { http_config: { authorization: { credentials_file: file(name) } } };
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
