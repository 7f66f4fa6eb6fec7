import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { documentAt } from "../support/documents.js";
import { root } from "../support/program.js";

const rules = parse(readFileSync(join(root, "monitoring/keelson.rules.yml"), "utf8")) as {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
};
const alerts = rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert));
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
});
