import { watchdog } from "#components/monitoring/alertmanager";
import { correction } from "#lib/correction";
import { duration, seconds } from "#lib/duration";
import { parseSettings, SettingsError } from "#lib/settings";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { table } from "../io/table.js";
import type { AlertsOptions, SilenceOptions } from "../registrations/alerts.js";
import {
  alertRules,
  firingAlerts,
  monitoringOf,
  silences,
  type FiringAlert,
  type MonitoringClient,
} from "./alerts/alertmanager.js";

/** `keelson alerts`: what fires, the worst first, with what to do. */
export async function alerts(options: AlertsOptions, say: Say): Promise<void> {
  const monitoring = await monitoringOf(options);
  const all = await monitoring.get("alertmanager", "/api/v2/alerts", firingAlerts);
  const found = all.filter(({ labels }) => labels["alertname"] !== watchdog).sort(byWeight);
  if (options.json === true) say(JSON.stringify(found.map(summaryOf)));
  else for (const line of alertLines(found)) say(line);
}

/** `keelson alerts silence`: an alert is delivered no more until its time is over, or `--off`. */
export async function silence(
  alert: string,
  length: string | undefined,
  options: SilenceOptions,
  say: Say,
): Promise<void> {
  if ((length === undefined) !== (options.off === true)) {
    throw new Failure("Specify exactly one of a duration, such as 2h, and --off.");
  }
  const until = length === undefined ? undefined : endOf(length);
  const monitoring = await monitoringOf(options);
  await requireRule(monitoring, alert);
  // The last word counts: a new silence takes the place of an earlier one.
  const before = await endSilences(monitoring, alert);
  if (until === undefined) {
    say(before === 0 ? `${alert} was not silenced.` : `${alert} is delivered again.`);
    return;
  }
  await monitoring.post("/api/v2/silences", {
    matchers: [{ name: "alertname", value: alert, isRegex: false, isEqual: true }],
    startsAt: new Date().toISOString(),
    endsAt: until.toISOString(),
    createdBy: "keelson",
    comment: "keelson alerts silence",
  });
  say(`${alert} is silenced until ${time(until.toISOString())}.`);
}

/** Lines for a person. */
export function alertLines(found: readonly FiringAlert[]): string[] {
  if (found.length === 0) return ["Nothing fires."];
  const rows = found.map((each) => {
    const { severity, alert, since, state } = summaryOf(each);
    return [state === "active" ? severity : `${severity} (${state})`, alert, since];
  });
  return table(rows).flatMap((line, index) => {
    const { summary = "", action } = found[index]?.annotations ?? {};
    return [line, `      ${summary}`, ...(action === undefined ? [] : [`      ${action}`])];
  });
}

function summaryOf({ labels, annotations, startsAt, status }: FiringAlert) {
  return {
    alert: labels["alertname"] ?? "",
    severity: labels["severity"] ?? "none",
    state:
      status.state !== "suppressed"
        ? "active"
        : status.silencedBy.length > 0
          ? "silenced"
          : "inhibited",
    since: time(startsAt),
    summary: annotations["summary"] ?? "",
    action: annotations["action"] ?? null,
    labels,
  };
}

function byWeight(a: FiringAlert, b: FiringAlert): number {
  const weight = ({ labels }: FiringAlert) =>
    ["critical", "warning"].indexOf(labels["severity"] ?? "");
  const place = (each: FiringAlert) => (weight(each) === -1 ? 2 : weight(each));
  return place(a) - place(b) || a.startsAt.localeCompare(b.startsAt);
}

/** A silence for an alert that no rule has would look as if it helped. */
async function requireRule(monitoring: MonitoringClient, alert: string): Promise<void> {
  const { data } = await monitoring.get("prometheus", "/api/v1/rules?type=alert", alertRules);
  const names = data.groups.flatMap(({ rules }) => rules.map(({ name }) => name));
  if (names.includes(alert)) return;
  throw new Failure(`No rule is called ${alert}; ${correction(alert, names)}`);
}

/** Ends the silences of an alert, and says how many there were. */
async function endSilences(monitoring: MonitoringClient, alert: string): Promise<number> {
  const all = await monitoring.get("alertmanager", "/api/v2/silences", silences);
  const own = all.filter(
    ({ status, matchers }) =>
      status.state !== "expired" &&
      matchers.length === 1 &&
      matchers[0]?.name === "alertname" &&
      matchers[0].value === alert,
  );
  for (const { id } of own) await monitoring.delete(`/api/v2/silence/${id}`);
  return own.length;
}

function endOf(length: string): Date {
  try {
    return new Date(Date.now() + seconds(parseSettings(duration, length, "duration")) * 1000);
  } catch (error) {
    if (error instanceof SettingsError) throw new Failure(error.message);
    throw error;
  }
}

/** To the second, in UTC. */
function time(text: string): string {
  return new Date(text).toISOString().replace(/\.\d+Z$/, "Z");
}
