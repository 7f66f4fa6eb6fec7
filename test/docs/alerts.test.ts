import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { documentAt } from "../support/documents.js";
import { root } from "../support/program.js";

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert?: string;
      readonly annotations?: Readonly<Record<string, string>>;
    }[];
  }[];
}

const rulesOf = (file: string) => {
  const { groups } = parse(readFileSync(join(root, "monitoring", file), "utf8")) as Rules;
  return groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
};
const ofStack = rulesOf("stack.rules.yml");
const alerts = [...rulesOf("keelson.rules.yml"), ...ofStack].map(({ alert }) => alert);
const tested = new Map<string, Set<boolean>>();
const page = documentAt("docs/runbooks/alerts.md");
const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);

describe("the runbook of alerts", () => {
  it("has a section for each alert, in the rules' order, and no other", () => {
    expect(alerts.length).toBeGreaterThan(10);
    expect(headings).toEqual(alerts);
  });

  it("says in each what to do", () => {
    const sections = page.split(/^## /m).slice(1);
    expect(sections.filter((section) => !/^1\. /m.test(section))).toEqual([]);
  });

  it("is what each alert on the stack links to, with what to do at once", () => {
    for (const { alert = "", annotations = {} } of ofStack) {
      expect(annotations["runbook"]).toBe(`docs/runbooks/alerts.md#${alert.toLowerCase()}`);
      expect(annotations["action"], alert).toMatch(/\.$/);
    }
  });

  it("is about alerts that a test sees fire, and not fire", () => {
    for (const file of [
      "keelson.rules.test.yml",
      "keelson.days.test.yml",
      "stack.rules.test.yml",
    ]) {
      const { tests } = parse(readFileSync(join(root, "monitoring", file), "utf8")) as {
        tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
      };
      for (const each of tests.flatMap((one) => one.alert_rule_test)) {
        tested.set(
          each.alertname,
          (tested.get(each.alertname) ?? new Set()).add(each.exp_alerts.length > 0),
        );
      }
    }
    // It fires always.
    const both = alerts.filter((alert) => alert !== "KeelsonWatchdog");
    expect(both.filter((alert) => tested.get(alert ?? "")?.size !== 2)).toEqual([]);
    expect(tested.get("KeelsonWatchdog")).toEqual(new Set([true]));
  });
});
