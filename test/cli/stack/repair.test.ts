import { describe, expect, it } from "vitest";
import type { OurContainer } from "#cli/io/docker";
import { repair, repairOf } from "#cli/stack/repair";
import { containerType, networkType, type Recorded, type Runner } from "#cli/engines/runner";

const urn = (type: string, name: string) => `urn:pulumi:local::keelson::${type}::${name}`;
const recordedContainer = (name: string, id: string) => ({
  urn: urn(containerType, name),
  type: containerType,
  id,
});

function container(name: string, id: string, more: Partial<OurContainer> = {}): OurContainer {
  return {
    id,
    name,
    workload: "app",
    image: "i",
    created: "2026-11-30T12:00:00Z",
    running: true,
    wanted: true,
    hostPorts: [],
    networks: [],
    ...more,
  };
}

const nothing = { resources: [], pending: [] };

describe("repairOf", () => {
  it("does not miss a container whose predecessor runs", () => {
    const gone = recordedContainer("a", "2");
    const recorded = {
      ...nothing,
      resources: [
        gone,
        { ...recordedContainer("a", "1"), delete: true },
        recordedContainer("b", "3"),
      ],
    };
    const plan = repairOf(recorded, { containers: [container("a-0123abc", "1")], networks: [] });
    expect(plan.missing).toEqual([gone.urn, urn(containerType, "b")]);
    expect(plan.replaced).toEqual([gone.urn]);
  });

  it("starts recorded containers that stopped and should run", () => {
    const recorded = {
      ...nothing,
      resources: [recordedContainer("a", "1"), recordedContainer("b", "2")],
    };
    const stopped = { running: false };
    const containers = [
      container("a-0123abc", "1", stopped),
      container("b-0123abc", "2", { ...stopped, wanted: false }),
      container("other-0123abc", "3", stopped),
    ];
    const plan = repairOf(recorded, { containers, networks: [] });
    expect(plan.start.map((each) => each.name)).toEqual(["a-0123abc"]);
    expect(plan.missing).toEqual([]);
  });

  it("names recorded containers that are gone", () => {
    const recorded = { ...nothing, resources: [recordedContainer("a", "1")] };
    expect(repairOf(recorded, { containers: [], networks: [] }).missing).toEqual([
      urn(containerType, "a"),
    ]);
  });

  it("gives up what a kill left, and nothing else that is unrecorded", () => {
    const recorded = {
      resources: [recordedContainer("app", "1")],
      pending: [
        { urn: urn(containerType, "app"), type: containerType },
        { urn: urn(networkType, "data"), type: networkType },
      ],
    };
    const containers = [
      container("app-0123abc", "1"),
      container("app-4567def", "2"),
      container("by-hand", "3"),
    ];
    const networks = [
      { id: "n1", name: "data-0123abc" },
      { id: "n2", name: "edge-0123abc" },
    ];
    const plan = repairOf(recorded, { containers, networks });
    expect(plan.containers.map((each) => each.id)).toEqual(["2"]);
    expect(plan.networks.map((each) => each.id)).toEqual(["n1"]);
  });
});

describe("repair", () => {
  const inspected = (id: string, name: string, running: boolean) => ({
    Id: id,
    Name: `/${name}`,
    State: { Running: running },
    Config: { Image: "i", Labels: { "dev.keelson.workload": "app" } },
    HostConfig: { RestartPolicy: { Name: "unless-stopped" }, PortBindings: null },
    NetworkSettings: { Networks: {} },
  });

  /** A Docker with one half-made container, and a run that may or may not hold the stack. */
  function world(recorded: Recorded, alone: boolean) {
    const did: string[] = [];
    const docker = (args: readonly string[]) => {
      const [command] = args;
      if (command === "rm" || command === "start") did.push(args.join(" "));
      const found = [inspected("2", "app-4567def", true), inspected("1", "db-0123abc", false)];
      const answers: Record<string, string> = { ps: "2\n1", inspect: JSON.stringify(found) };
      const stdout = answers[command ?? ""] ?? "";
      return Promise.resolve({ code: 0, stdout, stderr: "" });
    };
    const runner = {
      recorded: () => Promise.resolve(recorded),
      settle: () => Promise.resolve(alone),
      forget: (urns: readonly string[]) => {
        did.push(`forget ${urns.join(" ")}`);
        return Promise.resolve();
      },
    } as Runner;
    return { did, run: () => repair({ runner, docker, app: "a", stack: "s" }, () => undefined) };
  }

  const recorded: Recorded = {
    resources: [recordedContainer("db", "1"), { urn: "urn:stack", type: "pulumi:pulumi:Stack" }],
    pending: [{ urn: urn(containerType, "app"), type: containerType }],
  };

  it("removes a half-made container, starts a stopped one, and has the creation forgotten", async () => {
    const { did, run } = world(recorded, true);
    await run();
    expect(did).toEqual(["rm --force --volumes 2", "start 1", "forget urn:stack"]);
  });

  it("removes nothing while another run may be making it", async () => {
    const { did, run } = world(recorded, false);
    await run();
    expect(did).toEqual(["start 1", "forget urn:stack"]);
  });

  it("does nothing before the first run", async () => {
    const { did, run } = world(nothing, true);
    await run();
    expect(did).toEqual([]);
  });
});
