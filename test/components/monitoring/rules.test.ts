import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ruleFileProblems } from "#components/monitoring/problems";
import { shippedRules } from "#components/monitoring/rules";
import { monitoringSettings } from "#components/monitoring/settings";

const alertsIn = (text = "") =>
  (
    parse(text) as { groups: { rules: { alert?: string; record?: string; expr: string }[] }[] }
  ).groups.flatMap(({ rules }) => rules);

const stack = "stack.rules.yml";

describe("shippedRules", () => {
  it("know a backup by the other login of its role, where it has had one", () => {
    const { [stack]: plain = "" } = shippedRules(monitoringSettings.parse({}), true);
    const { [stack]: rotated } = shippedRules(monitoringSettings.parse({}), true, true);
    expect(plain.split('_backup"')).toHaveLength(4);
    expect(rotated).toBe(plain.replaceAll('.+_backup"', '.+_backup(_[0-9]+)?"'));
  });

  it("have the goals of the settings as numbers", () => {
    const slo = { availability: 99.95, latency: { p99: "250ms" } };
    const rules = shippedRules(monitoringSettings.parse({ slo }), true);
    expect(alertsIn(rules["goals.rules.yml"])).toEqual([
      { record: "keelson:slo_error_budget:ratio", expr: "vector(0.0005)" },
      { record: "keelson:slo_latency_p99:seconds", expr: "vector(0.25)" },
      { record: "keelson:threshold_memory:ratio", expr: "vector(0.9)" },
      { record: "keelson:threshold_connections:ratio", expr: "vector(0.8)" },
      { record: "keelson:threshold_refused:ratio", expr: "vector(0.05)" },
      { record: "keelson:threshold_transaction:seconds", expr: "vector(1800)" },
      { record: "keelson:threshold_query:seconds", expr: "vector(1)" },
    ]);
  });

  it("have the thresholds of the settings, and the app's own metric of dead letters", () => {
    const thresholds = {
      memory: 75,
      connections: 60,
      refused: 1,
      transaction: "5m",
      query: "250ms",
    };
    const deadLetters = { metric: "outbox_dead", most: 3 };
    const rules = shippedRules(monitoringSettings.parse({ thresholds, deadLetters }), true);
    expect(alertsIn(rules["goals.rules.yml"]).slice(2)).toEqual([
      { record: "keelson:threshold_memory:ratio", expr: "vector(0.75)" },
      { record: "keelson:threshold_connections:ratio", expr: "vector(0.6)" },
      { record: "keelson:threshold_refused:ratio", expr: "vector(0.01)" },
      { record: "keelson:threshold_transaction:seconds", expr: "vector(300)" },
      { record: "keelson:threshold_query:seconds", expr: "vector(0.25)" },
      { record: "keelson:dead_letters:count", expr: 'max by (stack) (outbox_dead{job="app"})' },
      { record: "keelson:threshold_dead_letters:count", expr: "vector(3)" },
    ]);
  });

  it("compare with nothing that the settings do not give", () => {
    const all = shippedRules(
      monitoringSettings.parse({ deadLetters: { metric: "outbox_dead" } }),
      true,
    );
    const given = Object.values(all)
      .flatMap((text) => alertsIn(text))
      .map(({ record }) => record);
    const used = Object.values(all).flatMap((text) => text.match(/keelson:\w+:\w+/g) ?? []);
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((each) => !given.includes(each))).toEqual([]);
  });

  it("leave out what would miss the metrics of backups where there are none", () => {
    const names = (backups: boolean) =>
      alertsIn(shippedRules(monitoringSettings.parse({}), backups)["keelson.rules.yml"]).map(
        ({ alert }) => alert,
      );
    expect(names(true)).toContain("KeelsonWatchGone");
    expect(names(false)).toEqual(["KeelsonClockSkew"]);
  });
});

describe("ruleFileProblems", () => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-rules-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const form = "write groups of rules as Prometheus reads them";
  const rule = (text: string) => `groups: [{ name: a, rules: [${text}] }]\n`;

  it.each([
    ["right.yml", rule("{ alert: A, expr: up == 0 }"), []],
    ["empty.yml", "", [`monitoring.rules[0]: empty.yml: `]],
    ["list.yml", "[1]", [`monitoring.rules[0]: list.yml: `]],
    [
      "both.yml",
      rule("{ alert: A, record: b, expr: up }"),
      ["has neither alert nor record, or both"],
    ],
    ["neither.yml", rule("{ expr: up }"), ["has neither alert nor record, or both"]],
    ["yaml.yml", "groups: [", [`monitoring.rules[0]: yaml.yml: is not YAML (`]],
  ])("of %s", (file, text, expected) => {
    writeFileSync(join(folder, file), text);
    const found = ruleFileProblems({ rules: [file] }, folder);
    expect(found.length).toBe(expected.length);
    for (const part of expected) expect(found.join("\n")).toContain(part);
    for (const each of found) expect(each.endsWith(form), each).toBe(true);
  });

  it("of a file that is not there", () => {
    expect(ruleFileProblems({ rules: ["none.yml"] }, folder)).toEqual([
      "monitoring.rules[0]: none.yml: can't be read (ENOENT); name a file in the project's folder",
    ]);
  });
});
