import { describe, expect, it } from "vitest";
import { alertSettings, alertSecrets } from "#components/monitoring/alert-settings";
import { alertmanagerConfig } from "#components/monitoring/alertmanager";

const all = alertSettings.parse({
  smtp: {
    host: "mail.example.com",
    from: "a@example.com",
    to: ["b@example.com", "c@example.com"],
    username: "a",
    passwordSecret: "S1",
  },
  webhook: { urlSecret: "S2", bearerSecret: "S3", severity: "critical" },
  slack: { urlSecret: "S4", channel: "#ops" },
  ntfy: { urlSecret: "S5", tokenSecret: "S6" },
  pagerduty: { routingKeySecret: "S7", url: "https://events.example.com/v2" },
  heartbeatSecret: "S8",
});
const receiver = (name: string, alerts = all) =>
  alertmanagerConfig(alerts).receivers.find((each) => each.name === name);

describe("alertmanagerConfig", () => {
  it("delivers to every channel what is bad enough for it, and the watchdog to the heartbeat alone", () => {
    const { route } = alertmanagerConfig(all);
    expect(route.routes.map(({ receiver: to, matchers }) => [to, matchers])).toEqual([
      ["heartbeat", ['alertname="KeelsonWatchdog"']],
      ["smtp", ['severity=~"critical|warning"']],
      ["webhook", ['severity=~"critical"']],
      ["slack", ['severity=~"critical|warning"']],
      ["ntfy", ['severity=~"critical|warning"']],
      ["pagerduty", ['severity=~"critical|warning"']],
    ]);
    expect(route.routes.slice(1).every((each) => "continue" in each && each.continue)).toBe(true);
  });

  it("without a channel delivers to nobody", () => {
    const { route, receivers } = alertmanagerConfig(alertSettings.parse({}));
    expect(receivers).toEqual([{ name: "nobody" }]);
    expect(route.routes.map((each) => each.receiver)).toEqual(["nobody"]);
  });

  it("sends mails over TLS, from the beginning at port 465", () => {
    expect(receiver("smtp")).toMatchObject({
      email_configs: [
        {
          to: "b@example.com, c@example.com",
          smarthost: "mail.example.com:587",
          require_tls: true,
          auth_username: "a",
          auth_password_file: "/run/secrets/SMTP_PASSWORD",
        },
      ],
    });
    const smtp = { host: "2001:db8::1", port: 465, from: "a@example.com", to: ["b@example.com"] };
    expect(receiver("smtp", alertSettings.parse({ smtp }))).toMatchObject({
      email_configs: [{ smarthost: "[2001:db8::1]:465", require_tls: false }],
    });
  });

  it("names files of secrets, each of which the container gets", () => {
    const text = JSON.stringify(alertmanagerConfig(all));
    const files = [...text.matchAll(/\/run\/secrets\/([A-Z_]+)/g)].map(([, file]) => file).sort();
    expect(files).toEqual(
      alertSecrets(all)
        .map(({ file }) => file)
        .sort(),
    );
    expect(text).not.toMatch(/"S\d"/);
  });
});
