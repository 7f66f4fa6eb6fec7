import type { UpgradeReport } from "../../documents/upgrade.js";

/** Steps that do not happen, or not in this way, when an upgrade is applied. */
const rehearsalOnly = ["restore", "compare", "amcheck"];

/** Seconds that the server would be away, by a rehearsal. */
export function downtimeOf({ steps }: UpgradeReport): number {
  const during = Object.entries(steps).filter(([name]) => !rehearsalOnly.includes(name));
  return Math.round(during.reduce((sum, [, took]) => sum + took, 0));
}

/** Returns the result of an upgrade, or of its rehearsal, in lines for a person. */
export function reportText(report: UpgradeReport): string[] {
  const { kind, ok, from, to, error, oldVersion, newVersion, bytes, steps, checks } = report;
  const way = kind === "undo" ? `${to} → ${from}` : `${oldVersion ?? from} → ${newVersion ?? to}`;
  const took = `${report.seconds} s${bytes === undefined ? "" : `, ${(bytes / 1e6).toFixed(0)} MB`}`;
  return [
    ok
      ? `Done: PostgreSQL ${way}, ${took}.`
      : `FAILED: PostgreSQL ${way}: ${error ?? "it does not say why"}`,
    ...Object.entries(steps).map(([name, time]) => `  ${name.padEnd(12)} ${time.toFixed(1)} s`),
    ...checks.map((each) => `  ${each.ok ? "ok" : "FAILED"}  ${each.name}: ${each.detail}`),
    ...(report.extensions ?? []).map(
      (each) => `  extension ${each.name} of ${each.database}: ${each.from} → ${each.to}`,
    ),
    ...(report.reindexed === undefined || report.reindexed === 0
      ? []
      : [`  ${report.reindexed} indexes rebuilt: their collation has another version`]),
    ...(kind === "rehearse" && ok
      ? [
          `The server would be away for about ${downtimeOf(report)} s, and for as long as its new container takes to start.`,
        ]
      : []),
    ...(report.kept === undefined
      ? []
      : [`The data of before are kept in the data volume, as ${report.kept}.`]),
  ];
}
