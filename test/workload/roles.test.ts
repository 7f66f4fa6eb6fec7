import { describe, expect, it } from "vitest";
import {
  inListOrder,
  inStartOrder,
  inStopOrder,
  workloadRoles,
  traitsOf,
  writersOf,
} from "#workload/roles";

const containers = (...roles: string[]) => roles.map((workload) => ({ workload }));
const rolesOf = (of: readonly { readonly workload: string }[]) => of.map((each) => each.workload);

describe("roles", () => {
  it("are stopped from what clients meet to what everything needs, and started in reverse", () => {
    const all = containers("postgres", "backup", "app", "proxy");
    expect(rolesOf(inStopOrder(all))).toEqual(["proxy", "app", "backup", "postgres"]);
    expect(rolesOf(inStartOrder(all))).toEqual(["postgres", "backup", "app", "proxy"]);
  });

  it("that watch are stopped before what they would miss, and started after it", () => {
    const all = containers("proxy", "monitoring", "app");
    expect(rolesOf(inStopOrder(all))).toEqual(["monitoring", "proxy", "app"]);
    expect(rolesOf(inStartOrder(all))).toEqual(["app", "proxy", "monitoring"]);
  });

  it("keep the order of containers of one role", () => {
    const two = [
      { workload: "app", name: "a" },
      { workload: "app", name: "b" },
    ];
    expect(inStopOrder(two)).toEqual(two);
    expect(inStartOrder(two)).toEqual(two);
  });

  it("are listed as a request meets them, those of a later version last", () => {
    const all = containers("invented", "backup", "postgres", "app", "proxy");
    const expected = ["proxy", "app", "postgres", "backup", "invented"];
    expect(rolesOf(inListOrder(all))).toEqual(expected);
  });

  it("of a later version count as writing, and so do those of which the table says it", () => {
    expect(rolesOf(writersOf(containers(...workloadRoles, "invented")))).toEqual([
      "app",
      "service",
      "jobs",
      "invented",
    ]);
  });

  it("that are named like what every object has are unknown ones", () => {
    expect(traitsOf("constructor").writes).toBe(true);
  });
});
