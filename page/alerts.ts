import type { AlertFacts } from "./facts.js";

/** An alert that fires, as Alertmanager lists it. */
export interface ListedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly status: { readonly state: string };
}

/** The facts of an alert that a page shows. */
export function alertFacts({ labels, annotations, startsAt, status }: ListedAlert): AlertFacts {
  return {
    name: labels["alertname"] ?? "",
    severity: labels["severity"] ?? "none",
    since: new Date(startsAt),
    summary: annotations["summary"] ?? "",
    action: annotations["action"],
    isMuted: status.state === "suppressed",
  };
}
