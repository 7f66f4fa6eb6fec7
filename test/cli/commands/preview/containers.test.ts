import { describe, expect, it } from "vitest";
import { containerFates } from "#cli/commands/preview/containers";
import { downtimeSeconds, outagesOf } from "#cli/commands/preview/downtime";
import { workloadOf } from "#cli/commands/preview/steps";
import { settingsFrom } from "#config";
import { traitsOf, workloadRoles } from "#workload/roles";
import { inputsOf, resources, step } from "../../../support/preview.js";
import { runSettings } from "../../../support/program.js";
import { bases } from "../../../support/there-and-back/bases.js";

/** Fate of a container of a role that is replaced; a step waits for it, as for every container. */
function replaced(role: string, more: object = {}) {
  const inputs = { ...inputsOf(role, { wait: false, image: "a:1" }), ...more };
  const now = { ...inputs, image: "a:2" };
  const steps = resources(step("replace", { name: role, old: inputs, now }));
  return containerFates(steps, undefined);
}

describe("a container that is replaced", () => {
  it.each(workloadRoles)("%s is stopped first, unless its successor starts alongside", (role) => {
    const [fate] = replaced(role);
    const alongside = ["app", "service", "name", "jobs", "page"].includes(role);
    expect(fate).toMatchObject({ workload: role, fate: alongside ? "alongside" : "restarts" });
  });

  it.each(["postgres", "proxy", "redis"])("%s is an outage", (role) => {
    const outages = outagesOf(replaced(role));
    expect(outages.map(({ container }) => container)).toEqual([role]);
    // Of unknown length, which is not 0.
    expect(downtimeSeconds(outages)).toBeNull();
  });

  it("is stopped first where two of it may never run at once", () => {
    const labels = [
      { label: "dev.keelson.workload", value: "service" },
      { label: "dev.keelson.exclusive", value: "true" },
    ];
    expect(replaced("service", { labels })[0]?.fate).toBe("restarts");
  });

  it("is replaced by the engine as the roles' table says", async () => {
    const { sections, environment } = bases.services;
    const redis = { queue: { for: "queue" } };
    const run = await runSettings(settingsFrom({ ...sections, redis }), { environment });
    const containers = run.ofType("docker:index/container:Container");
    const roles = containers.map(({ inputs }) => workloadOf(inputs));
    expect(new Set(roles).size).toBeGreaterThan(8);
    for (const { inputs, options } of containers) {
      const { alongside = false } = traitsOf(workloadOf(inputs));
      expect([workloadOf(inputs), options.deleteBeforeReplace]).toEqual([
        workloadOf(inputs),
        !alongside,
      ]);
    }
  });
});
