import { describe, expect, it } from "vitest";
import { liveFile } from "#release/services/live";
import { servicesStart } from "#release/services/start";
import { servicesWorld } from "../../support/services-world.js";

/** The step in a world where something happens at the looks at the new worker. */
async function outcome(of: ReturnType<typeof servicesWorld>): Promise<string | undefined> {
  try {
    await servicesStart(of.context, of.proxy.converse);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("services-start", () => {
  it("starts what may run alongside, and nothing that is exclusive", async () => {
    const of = servicesWorld();
    expect(await outcome(of)).toBeUndefined();
    expect(of.up()).toEqual(["w1", "w2", "b1"]);
    expect(of.asked("update", "start")).toEqual([
      "update --restart unless-stopped w2",
      "start w2",
      "update --pids-limit 64 w2",
    ]);
    expect(of.context.said).toContain("worker-new is healthy");
  });

  it("starts what is exclusive as well where none of before is there", async () => {
    const of = servicesWorld();
    Object.assign(of.b1, { status: "exited" });
    of.proxy.files.set(liveFile, "{}\n");
    expect(await outcome(of)).toBeUndefined();
    expect(of.up()).toEqual(["w1", "w2", "b2"]);
  });

  it.each([
    ["runs", "running", {}],
    ["is in service, and was stopped", "exited", { beat: ["b1"] }],
  ])(
    "leaves what is exclusive to its exchange where one of before %s",
    async (_is, status, live) => {
      const of = servicesWorld();
      Object.assign(of.b1, { status });
      of.proxy.files.set(liveFile, `${JSON.stringify(live)}\n`);
      expect(await outcome(of)).toBeUndefined();
      expect(of.up()).not.toContain("b2");
    },
  );

  it("touches nothing that is in service already", async () => {
    const same = [{ ...service, containers: ["w1"] }];
    const of = servicesWorld({ SERVICES: JSON.stringify(same) });
    expect(await outcome(of)).toBeUndefined();
    expect(of.asked("update", "start", "stop")).toEqual([]);
  });

  const service = {
    name: "worker",
    exclusive: false,
    containers: ["w2"],
    pids: 64,
    startSeconds: 30,
    settleSeconds: 8,
    stopSeconds: 10,
  };

  it("waits, where there is no health test, until it has run for its start period", async () => {
    const of = servicesWorld({ SERVICES: JSON.stringify([service]) });
    const began = of.context.now();
    expect(await outcome(of)).toBeUndefined();
    expect(of.context.now() - began).toBeGreaterThanOrEqual(8000);
  });

  it("counts that time from the last restart", async () => {
    const of = servicesWorld({ SERVICES: JSON.stringify([service]) });
    of.containers.looked = ({ id }) => {
      if (id === "w2" && of.context.now() > 5000) of.w2.restarts = 1;
    };
    expect(await outcome(of)).toBeUndefined();
    expect(of.context.now()).toBeGreaterThanOrEqual(13_000);
  });

  it("gives up at the third end, with the last lines, and leaves the old ones in service", async () => {
    const of = servicesWorld({ SERVICES: JSON.stringify([service]) });
    Object.assign(of.w2, { exitCode: 3, log: "no broker\n" });
    of.containers.looked = ({ id }, look) => {
      if (id === "w2" && look > 4) Object.assign(of.w2, { restarts: 3, status: "restarting" });
    };
    const reason =
      "services.worker: health: the container has ended 3 times while it starts, the last time with 3";
    expect(await outcome(of)).toBe(reason);
    expect(of.context.said).toEqual(
      expect.arrayContaining(["the last 50 log lines of worker-new:", "no broker"]),
    );
    expect(of.up()).toEqual(["w1", "b1"]);
    expect(of.asked("update", "stop").slice(-3)).toEqual([
      "update --restart no w2",
      "stop w2",
      "stop c1",
    ]);
    expect(of.record()).toMatchObject({ result: "failed", reason });
  });

  it("names the service's own settings where memory is what it lacked", async () => {
    const of = servicesWorld({ SERVICES: JSON.stringify([service]) });
    of.containers.looked = ({ id }, look) => {
      if (id !== "w2" || look < 3) return;
      Object.assign(of.w2, { restarts: 3, status: "exited", exitCode: 137, killedForMemory: true });
    };
    expect(await outcome(of)).toBe(
      "services.worker: health: the container has ended 3 times while it starts, the last time with 137, killed for memory (services.worker.memory). It was killed for memory: raise services.worker.memory",
    );
  });

  it("does not wait for ever for a health command that hangs", async () => {
    const of = servicesWorld({ SERVICES: JSON.stringify([{ ...service, settleSeconds: 0 }]) });
    Object.assign(of.w2, { health: "starting", healthSays: { code: 124 } });
    expect(await outcome(of)).toBe(
      "services.worker: health: the container is running/starting after 30 s, not healthy; its health test does not end",
    );
    expect(of.up()).toEqual(["w1", "b1"]);
  });

  it("leaves everything to the next run once its engine has ended", async () => {
    const of = servicesWorld();
    of.context.wanted = false;
    expect(await outcome(of)).toBe("the engine has ended: this step is left to the next run");
    expect(of.asked("update", "start", "stop")).toEqual([]);
  });
});
