import { describe, expect, it } from "vitest";
import { servicesExchange } from "#release/services/exchange";
import { servicesWorld } from "../../support/services-world.js";

async function outcome(of: ReturnType<typeof servicesWorld>): Promise<string | undefined> {
  try {
    await servicesExchange(of.context, of.proxy.converse);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("services-exchange", () => {
  it("stops the old one, sees that it has ended, then starts the new one", async () => {
    const of = servicesWorld();
    expect(await outcome(of)).toBeUndefined();
    expect(of.asked("update", "start", "stop")).toEqual([
      "update --restart no b1",
      "stop b1",
      "update --restart unless-stopped b2",
      "start b2",
      "update --pids-limit 64 b2",
    ]);
    expect(of.up()).toEqual(["w1", "b2"]);
    expect(of.context.said).toEqual(["beat-old is stopped (0 s)", "beat-new is healthy"]);
  });

  it("never has two at once, whatever a run that was killed has left", async () => {
    const of = servicesWorld();
    of.containers.add({ id: "b3", name: "beat-stray", service: "beat", health: undefined });
    const most: number[] = [];
    of.containers.other = () => {
      most.push(of.up().filter((id) => id.startsWith("b")).length);
      return undefined;
    };
    expect(await outcome(of)).toBeUndefined();
    expect(Math.max(...most)).toBe(1);
    expect(of.asked("stop")).toEqual(["stop b1", "stop b3"]);
  });

  it("has the old one run again where the new one fails", async () => {
    const of = servicesWorld();
    of.containers.looked = ({ id }, look) => {
      if (id === "b2" && look > 3) Object.assign(of.b2, { restarts: 3, status: "restarting" });
    };
    expect(await outcome(of)).toMatch(/^services\.beat: health: the container has ended 3 times/);
    expect(of.up()).toEqual(["w1", "b1"]);
    const acts = of.asked("update", "start", "stop");
    expect(acts.indexOf("stop b2")).toBeLessThan(acts.indexOf("start b1"));
    expect(of.record()).toMatchObject({ result: "failed" });
    expect(of.context.said).toContain(
      "beat-old is started again: it goes on as before the release",
    );
  });

  it("has the old one run on where it does not stop, and starts no other", async () => {
    const of = servicesWorld();
    of.containers.other = (command) =>
      command === "stop b1"
        ? { code: 1, stderr: "tried to kill container, but did not receive an exit event" }
        : undefined;
    expect(await outcome(of)).toBe(
      "services.beat: beat-old: docker stop: tried to kill container, but did not receive an exit event",
    );
    expect(of.asked("start")).toEqual([]);
    expect(of.up()).toEqual(["w1", "b1"]);
  });

  it("does not start the old one alongside a new one that does not stop", async () => {
    const of = servicesWorld();
    of.containers.looked = ({ id }, look) => {
      if (id === "b2" && look > 3) Object.assign(of.b2, { restarts: 3, status: "restarting" });
    };
    of.containers.other = (command) =>
      command === "stop b2" ? { code: 1, stderr: "no exit event" } : undefined;
    expect(await outcome(of)).toMatch(/^services\.beat: health/);
    expect(of.asked("start")).toEqual(["start b2"]);
    expect(of.context.said).toContain(
      "THE SERVICES MAY NOT BE AS THEY WERE BEFORE THE RELEASE: beat-new: docker stop: no exit event; run keelson up once that is mended",
    );
  });

  it("tells of one that had to be killed, by its name and the setting", async () => {
    const of = servicesWorld();
    of.containers.other = (command) => {
      if (command === "stop b1") of.b1.exitCode = 137;
      return undefined;
    };
    expect(await outcome(of)).toBeUndefined();
    expect(of.context.said[0]).toMatch(
      /^beat-old did not end within its stopTimeout and was killed after 0 s: the work in hand may be lost; raise stopTimeout/,
    );
  });

  it("changes nothing where the new one runs already", async () => {
    const of = servicesWorld();
    Object.assign(of.b1, { status: "exited" });
    Object.assign(of.b2, { status: "running" });
    expect(await outcome(of)).toBeUndefined();
    expect(of.asked("start", "stop")).toEqual([]);
  });

  it("starts nothing once its engine has ended while the old one stopped", async () => {
    const of = servicesWorld();
    of.containers.other = (command) => {
      if (command === "stop b1") of.context.wanted = false;
      return undefined;
    };
    expect(await outcome(of)).toBe("the engine has ended: this step is left to the next run");
    expect(of.asked("start")).toEqual([]);
  });
});
