import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  dashboardQueries,
  metricsIn,
  shippedDashboard,
  type Panel,
} from "../../support/dashboards.js";
import { root } from "../../support/root.js";

const { panels } = shippedDashboard;
const shown = panels.filter(({ type }) => type !== "row");

const overlap = ({ gridPos: a }: Panel, { gridPos: b }: Panel) =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

describe("the dashboard", () => {
  it("has panels side by side, each with a title, a unit and queries", () => {
    expect(shown.length).toBeGreaterThan(20);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const covered = panels.filter((one) =>
      panels.some((other) => one !== other && overlap(one, other)),
    );
    expect(covered.map(({ title }) => title)).toEqual([]);
    for (const { title, gridPos, fieldConfig, targets = [] } of shown) {
      expect(title).toMatch(/^[A-Z]/);
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      expect(fieldConfig?.defaults.unit, title).toBeTruthy();
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
      expect(targets.length, title).toBeGreaterThan(0);
    }
  });

  it("asks for one stack alone, whatever else the data source has", () => {
    const selectors = dashboardQueries.flatMap((each) => each.match(/[\w:]+\{[^}]*\}/g) ?? []);
    expect(selectors.length).toBeGreaterThan(40);
    expect(selectors.filter((each) => !each.includes('stack="$stack"'))).toEqual([]);
  });

  // The others are seen on Docker, in test/e2e/monitoring.test.ts.
  it("asks for metrics of jobs and backups that are written", () => {
    const written = ["images/backup", "images/jobs", "images/runner"]
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, withFileTypes: true }),
      )
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      .join("\n");
    const own = metricsIn(dashboardQueries).filter((each) =>
      /^keelson_(job|backup|drill|wal)_/.test(each),
    );
    expect(own.length).toBeGreaterThan(5);
    const parts = own.map((each) => each.replace(/^keelson_(job_)?/, ""));
    expect(parts.filter((each) => !written.includes(each))).toEqual([]);
  });
});
