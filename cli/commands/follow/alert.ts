import type { StackOptions } from "../../registrations/command.js";
import { settingsOf, targetOf } from "../../project/target.js";
import { monitoringOf, type MonitoringClient } from "../alerts/alertmanager.js";
import type { FollowerParts } from "./parts.js";

/** The failure of a head, of which somebody has to know. */
export type HeadFailure = NonNullable<Parameters<FollowerParts["alert"]>[0]>;

/** An alert as Alertmanager takes it: it fires until its end, which each check puts off. */
export function alertOf(stack: string, failure: HeadFailure | null, now: Date, forMs: number) {
  const labels = { alertname: "KeelsonFollow", severity: "warning", stack };
  const endsAt = new Date(now.getTime() + (failure === null ? 0 : forMs)).toISOString();
  const startsAt = failure === null ? { startsAt: endsAt } : {};
  if (failure === null) return { labels, ...startsAt, endsAt };
  const { head, reason, bad } = failure;
  return {
    labels,
    annotations: {
      summary: `${stack}: ${head.name} at ${head.id.slice(0, 19)} is not live: ${reason}`,
      action: bad
        ? "Push a commit that mends it, or have this one tried again: keelson follow --retry."
        : "Nothing yet: it is tried again. The follower's log says more.",
    },
    endsAt,
  };
}

/** Raises and ends alerts at a stack's own monitoring; nowhere for one without. */
export function alertBy(
  options: StackOptions,
  everyMs: number,
  clientOf: (options: StackOptions) => Promise<MonitoringClient> = monitoringOf,
): FollowerParts["alert"] {
  const target = targetOf(options);
  const forMs = Math.max(5 * everyMs, 900_000);
  let raised = false;
  return async (failure) => {
    if (failure === null && !raised) return;
    if (!settingsOf(target).monitoring.enabled) return;
    const client = await clientOf(options);
    await client.post("/api/v2/alerts", [alertOf(options.stack, failure, new Date(), forMs)]);
    raised = failure !== null;
  };
}
