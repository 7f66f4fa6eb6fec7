import { setTimeout as wait } from "node:timers/promises";
import { channels, type Channel } from "#components/monitoring/alert-settings";
import { Failure } from "../../io/failure.js";
import type { Say } from "../../io/progress.js";
import type { StackOptions } from "../../registrations/command.js";
import { monitoringOf, type MonitoringClient } from "./alertmanager.js";

/** Within which a channel has taken the alert, or refused it. */
const patienceMs = 45_000;

/** `keelson alerts test`: a test alert through every channel. @throws Failure where one does not take it */
export async function testAlert(options: StackOptions, say: Say): Promise<void> {
  const monitoring = await monitoringOf(options);
  const { alerts } = monitoring.settings.monitoring;
  const used = channels.filter((channel) => alerts[channel] !== undefined);
  if (used.length === 0) {
    const advice = "name a channel there and run keelson up";
    throw new Failure(`monitoring.alerts: nothing is delivered anywhere; ${advice}.`);
  }
  const before = deliveries(await monitoring.text("alertmanager", "/metrics"));
  await monitoring.post("/api/v2/alerts", [alertOf(options.stack)]);
  const results = await outcomes(monitoring, used, before);
  for (const [channel, result] of results) say(`${channel}: ${sentences[result]}`);
  if (results.every(([, result]) => result === "delivered")) return;
  throw new Failure(
    "Not every channel took the alert; the log of the monitoring container says why.",
  );
}

type Result = "delivered" | "refused" | "silent";
const sentences: Readonly<Record<Result, string>> = {
  delivered: "delivered",
  refused: "failed",
  silent: "no answer yet",
};

/** A name of its own each time, so that no earlier one makes it wait; it ends by itself. */
function alertOf(stack: string) {
  const now = Date.now();
  return {
    labels: { alertname: "KeelsonTest", severity: "critical", stack, run: String(now) },
    annotations: {
      summary: `${stack}: a test alert`,
      action: "Nothing: somebody has run keelson alerts test.",
    },
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + 60_000).toISOString(),
  };
}

/** Requests by channel that have ended, and those of them that failed. */
type Deliveries = ReadonlyMap<string, { readonly ended: number; readonly failed: number }>;

/** Reads them from Alertmanager's metrics. */
export function deliveries(metrics: string): Deliveries {
  const found = new Map<string, { ended: number; failed: number }>();
  const line = /^alertmanager_notification_requests(_failed)?_total\{(.*)\} ([0-9.e+]+)$/gm;
  for (const [, failed, labels = "", count] of metrics.matchAll(line)) {
    const channel = /receiver_name="([^"]*)"/.exec(labels)?.[1] ?? "";
    const known = found.get(channel) ?? { ended: 0, failed: 0 };
    if (failed === undefined) known.ended += Number(count);
    else known.failed += Number(count);
    found.set(channel, known);
  }
  return found;
}

async function outcomes(
  monitoring: MonitoringClient,
  used: readonly Channel[],
  before: Deliveries,
): Promise<[Channel, Result][]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const now = deliveries(await monitoring.text("alertmanager", "/metrics"));
    const results = used.map((channel): [Channel, Result] => [
      channel,
      resultOf(now.get(channel), before.get(channel)),
    ]);
    if (results.every(([, result]) => result !== "silent") || Date.now() > deadline) return results;
    await wait(500);
  }
}

function resultOf(now = { ended: 0, failed: 0 }, before = { ended: 0, failed: 0 }): Result {
  if (now.failed > before.failed) return "refused";
  return now.ended > before.ended ? "delivered" : "silent";
}
