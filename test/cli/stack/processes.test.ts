import { describe, expect, it } from "vitest";
import { isNamed, processName, requireProcesses, type Process } from "#cli/stack/processes";

const container = (name: string, workload: string): Process => ({
  id: name,
  name,
  workload,
  image: "x",
  created: "2026-11-30T12:00:00Z",
  running: true,
  wanted: true,
  hostPorts: [],
  networks: [],
  ...processName(name, workload, "shop-prod"),
});

describe("processName", () => {
  it.each([
    ["shop-prod-app-0c1d2e3", "app", "app", "app"],
    ["shop-prod-app-2-0c1d2e3", "app", "app", "app-2"],
    ["shop-prod-postgres", "postgres", "postgres", "postgres"],
    ["shop-prod-drill-offsite", "drill-offsite", "drill-offsite", "drill-offsite"],
    ["shop-prod-redis-queue", "redis", "queue", "queue"],
    ["shop-prod-redis-queue-abcdef0", "redis", "queue", "queue"],
    ["shop-prod-service-mail-worker-2-abcdef0", "service", "mail-worker", "mail-worker-2"],
    ["shop-prod-scheduler", "jobs", "scheduler", "scheduler"],
    ["shop-prod-name-app", "name", "name-app", "name-app"],
    ["other", "", "other", "other"],
  ])("of the container %s in the role %s is %s, as %s", (name, role, process, instance) => {
    expect(processName(name, role, "shop-prod")).toEqual({ process, instance });
  });
});

describe("isNamed", () => {
  const second = container("shop-prod-app-2-0c1d2e3", "app");
  const queue = container("shop-prod-redis-queue", "redis");

  it("takes the process, the instance and the role; no name is all of them", () => {
    expect(["app", "app-2", "app-3", "queue"].map((name) => isNamed(second, [name]))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(["queue", "redis", "cache"].map((name) => isNamed(queue, [name]))).toEqual([
      true,
      true,
      false,
    ]);
    expect(isNamed(queue, [])).toBe(true);
  });

  it("refuses a name that nothing has, and says what there is", () => {
    expect(() => {
      requireProcesses([second, queue], ["queue", "wroker"]);
    }).toThrow("The stack has no process wroker: it has app, queue.");
    expect(() => {
      requireProcesses([], ["app"]);
    }).toThrow("The stack has no process app: it has none; run keelson up.");
  });
});
