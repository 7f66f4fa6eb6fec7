import { describe, expect, it } from "vitest";
import { alertLines } from "#cli/commands/alerts";
import { deliveries } from "#cli/commands/alerts/test-alert";

const alert = (alertname: string, severity: string, more: object = {}) => ({
  labels: { alertname, severity, stack: "shop-prod" },
  annotations: { summary: `${alertname} fires`, action: "Do it." },
  startsAt: "2026-11-30T09:12:40.123Z",
  status: { state: "active" as const, silencedBy: [] },
  ...more,
});

describe("alertLines", () => {
  it("says what fires, since when, and what to do", () => {
    const silenced = { status: { state: "suppressed" as const, silencedBy: ["1"] } };
    const inhibited = { status: { state: "suppressed" as const, silencedBy: [] } };
    const found = [
      alert("A", "critical"),
      alert("B", "warning", silenced),
      alert("C", "warning", { ...inhibited, annotations: { summary: "C fires" } }),
    ];
    expect(alertLines(found)).toEqual([
      "  critical             A  2026-11-30T09:12:40Z",
      "      A fires",
      "      Do it.",
      "  warning (silenced)   B  2026-11-30T09:12:40Z",
      "      B fires",
      "      Do it.",
      "  warning (inhibited)  C  2026-11-30T09:12:40Z",
      "      C fires",
    ]);
    expect(alertLines([])).toEqual(["Nothing fires."]);
  });
});

describe("deliveries", () => {
  it("are requests by channel that have ended, and failed", () => {
    const metrics = [
      "# TYPE alertmanager_notification_requests_total counter",
      'alertmanager_notification_requests_total{integration="webhook",receiver_name="webhook"} 3',
      'alertmanager_notification_requests_total{integration="email",receiver_name="smtp"} 2',
      'alertmanager_notification_requests_failed_total{integration="email",receiver_name="smtp"} 1',
      'alertmanager_notifications_total{integration="email",receiver_name="smtp"} 9',
    ].join("\n");
    expect(Object.fromEntries(deliveries(metrics))).toEqual({
      webhook: { ended: 3, failed: 0 },
      smtp: { ended: 2, failed: 1 },
    });
  });
});
