// A container that serves, or backs up, is deleted only once its successor has been tried: seen on a stand-in host.
import { beforeAll, describe, expect, it } from "vitest";
import type { Mapping } from "#lib/merge";
import { files } from "./support/there-and-back/bases.js";
import { StandInStack, type Wanted } from "./support/there-and-back/stack.js";

const up = new StandInStack();
beforeAll(() => up.up(files), 60_000);

const withSection = (name: string, change: Mapping): Wanted => ({
  ...files,
  sections: { ...files.sections, [name]: { ...(files.sections[name] as Mapping), ...change } },
});
const otherCertificate = { ...files, environment: { ...files.environment, TLS: "another" } };
const otherImage = withSection("images", {
  postgres: "pg:1",
  proxy: "proxy:2",
  jobs: "jobs:1",
  acme: "acme:1",
  backup: "backup:2",
});

const idOf = (stack: StandInStack, workload: string) =>
  stack.host.named(`shop-test-back-${workload}`)?.id ??
  [...stack.host.containers.values()].find(({ name }) => name.includes(`-${workload}-`))?.id;

describe("a successor whose trial fails", () => {
  it.each<[string, string, Wanted]>([
    ["proxy", "another image", otherImage],
    ["backup", "another schedule", withSection("backup", { schedule: "17 5 * * *" })],
    ["backup", "another image", otherImage],
    ["volumes", "another schedule", withSection("backup", { volumes: "17 5 * * *" })],
    ["drill", "another image", otherImage],
  ])("leaves the %s as it is: %s", async (workload, _what, wanted) => {
    const stack = up.copy();
    const [before, release] = [idOf(stack, workload), stack.host.releases.length];
    expect(before).toBeDefined();
    stack.host.failing = (step) => step === `run Command ${workload}-trial`;
    await expect(stack.up(wanted)).rejects.toThrow(`run Command ${workload}-trial: made to fail`);
    expect(stack.host.steps).not.toContain(`delete Container ${workload}`);
    expect(idOf(stack, workload)).toBe(before);
    expect(stack.host.named(before ?? "")?.running).toBe(true);
    if (workload === "proxy") expect(stack.host.releases).toHaveLength(release);

    stack.host.failing = () => false;
    await stack.up(files);
    expect(stack.problems()).toEqual([]);
    expect(idOf(stack, workload)).toBe(before);
    expect(await stack.up(files)).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });
});

describe("another certificate", () => {
  it("replaces no proxy, and takes back none", async () => {
    const stack = up.copy();
    const before = idOf(stack, "proxy");
    stack.host.failing = (step) => step === "run Command proxy-route-certificates";
    await expect(stack.up(otherCertificate)).rejects.toThrow("made to fail");
    stack.host.failing = () => false;
    await stack.up(otherCertificate);
    expect(idOf(stack, "proxy")).toBe(before);
    expect(
      stack.host.steps.filter((step) => / (Container|Command) proxy(-trial)?$/.test(step)),
    ).toEqual([]);
  });
});

describe("a successor that passes", () => {
  it("is tried before the container that it replaces is deleted", async () => {
    const stack = up.copy();
    await stack.up(otherImage);
    const { steps } = stack.host;
    const [tried, deleted] = ["run Command proxy-trial", "delete Container proxy"].map((step) =>
      steps.lastIndexOf(step),
    );
    expect(tried).toBeGreaterThan(-1);
    expect(deleted).toBeGreaterThan(tried ?? Infinity);
  });
});
