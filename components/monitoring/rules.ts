import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { seconds } from "#lib/duration";
import { ofPackage } from "#lib/package-root";
import { latencySeconds } from "#lib/duration";
import type { MonitoringSettings } from "./settings.js";

interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { readonly alert?: string; readonly expr: string }[];
  }[];
}

/** Shipped rules on the stack as a whole, and on its backups. */
const shipped = { stack: "stack.rules.yml", backups: "keelson.rules.yml" } as const;

/**
 * Shipped rules by the name of their file: those on backups where there are backups, and the goals of the settings
 * that the others compare with.
 *
 * @param rotated the role of backups has had another login than itself, which is no client of the app's either
 */
export function shippedRules(
  settings: Pick<MonitoringSettings, "slo" | "thresholds" | "deadLetters">,
  backups: boolean,
  rotated = false,
): Readonly<Record<string, string>> {
  return {
    "goals.rules.yml": stringify(goals(settings)),
    [shipped.stack]: rotated ? withBackupLogins(textOf(shipped.stack)) : textOf(shipped.stack),
    [shipped.backups]: backups ? textOf(shipped.backups) : withoutBackups(textOf(shipped.backups)),
  };
}

function goals({
  slo: { availability, latency },
  thresholds,
  deadLetters,
}: Pick<MonitoringSettings, "slo" | "thresholds" | "deadLetters">): RuleFile {
  const goal = (record: string, value: number) => ({ record, expr: `vector(${String(value)})` });
  // In decimals, not in what is left of them in binary: 0.1 % is 0.001.
  const budget = Number((1 - availability / 100).toFixed(6));
  const { memory, connections, refused, transaction, query } = thresholds;
  return {
    groups: [
      {
        name: "keelson-goals",
        rules: [
          goal("keelson:slo_error_budget:ratio", budget),
          goal("keelson:slo_latency_p99:seconds", latencySeconds(latency.p99)),
          goal("keelson:threshold_memory:ratio", memory / 100),
          goal("keelson:threshold_connections:ratio", connections / 100),
          goal("keelson:threshold_refused:ratio", refused / 100),
          goal("keelson:threshold_transaction:seconds", seconds(transaction)),
          goal("keelson:threshold_query:seconds", latencySeconds(query)),
          ...(deadLetters === undefined
            ? []
            : [
                {
                  record: "keelson:dead_letters:count",
                  // Each container tells of the same queue.
                  expr: `max by (stack) (${deadLetters.metric}{job="app"})`,
                },
                goal("keelson:threshold_dead_letters:count", deadLetters.most),
              ]),
        ],
      },
    ],
  };
}

/** Rules of the file on backups that need none of their metrics, which would be missed where nothing is backed up. */
function withoutBackups(text: string): string {
  const { groups } = parse(text) as RuleFile;
  const kept = groups.map(({ name, rules }) => ({
    name,
    rules: rules.filter(({ expr }) => !expr.includes("keelson_")),
  }));
  return stringify({ groups: kept.filter(({ rules }) => rules.length > 0) });
}

/** The shipped text stays as it is for everybody else: another one would restart the monitoring. */
function withBackupLogins(text: string): string {
  return text.replaceAll('!~".+_backup"', '!~".+_backup(_[0-9]+)?"');
}

function textOf(file: string): string {
  return readFileSync(ofPackage("monitoring", file), "utf8");
}
