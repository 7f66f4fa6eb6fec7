import { describe, expect, it } from "vitest";
import { switchOver } from "#release/switch";
import { servicesWorld } from "../../support/services-world.js";
import { begun, oldPlace, switchParameters, template, WATCH } from "../../support/step-world.js";

/** A switch once the steps before it have started the new worker, and exchanged the scheduler. */
function release(environment: Readonly<Record<string, string>> = {}) {
  const of = servicesWorld({ ...switchParameters, ...environment }, template);
  of.fresh.health = "healthy";
  Object.assign(of.w2, { status: "running" });
  Object.assign(of.b2, { status: "running" });
  Object.assign(of.b1, { status: "exited" });
  const run = async () => {
    try {
      await switchOver(of.context, of.proxy.converse);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  return { ...of, run };
}

describe("the services of a release that is switched to", () => {
  it("are in service once it is live, and those of before are stopped", async () => {
    const of = release();
    expect(await of.run()).toBeUndefined();
    expect(of.live()).toEqual({ worker: ["w2"], beat: ["b2"] });
    expect(of.up()).toEqual(["w2", "b2"]);
    expect(of.asked("stop")).toEqual(["stop w1"]);
    expect(of.record()).toMatchObject({ result: "live" });
  });

  it("get no new connection by their name before those of before are stopped", async () => {
    const of = release();
    of.containers.names = ["n1"];
    expect(await of.run()).toBeUndefined();
    const leave = "exec n1 /usr/local/bin/leave-name";
    expect(of.asked(leave, "stop")).toEqual([
      `${leave} address-of-old`,
      `${leave} address-of-w1`,
      "stop w1",
    ]);
  });

  it("that are removed are stopped, once it is live", async () => {
    const of = release({ SERVICES: "[]" });
    of.w2.status = "created";
    Object.assign(of.b2, { status: "created" });
    Object.assign(of.b1, { status: "running" });
    expect(await of.run()).toBeUndefined();
    expect(of.live()).toEqual({});
    expect(of.up()).toEqual([]);
  });

  it("are taken back with it where one of them ends while it is watched", async () => {
    const of = release({ WATCH });
    of.containers.looked = ({ id }) => {
      if (id === "w2" && of.context.now() > 4000) of.w2.restarts = 1;
    };
    const reason = await of.run();
    expect(reason).toMatch(/^watch: worker-new has ended after \d+ s/);
    expect(of.up()).toEqual(["w1", "b1"]);
    expect(of.live()).toEqual({ beat: ["b1"], worker: ["w1"] });
    const acts = of.asked("stop", "start");
    expect(acts.indexOf("stop b2")).toBeLessThan(acts.indexOf("start b1"));
    expect(of.proxy.serving()).toEqual(["old"]);
    expect(of.record()).toMatchObject({ result: "rolled-back", reason });
  });

  it("are watched where the app is the same as before, and the app is not touched", async () => {
    const of = release({ CONTAINERS: oldPlace.host, WATCH });
    expect(await of.run()).toBeUndefined();
    expect(of.context.now()).toBeGreaterThanOrEqual(30_000);
    expect(of.proxy.serving()).toEqual(["old"]);
    expect(of.asked("stop")).toEqual(["stop w1"]);
    expect(of.record()).toMatchObject({ result: "live" });
  });

  it("are taken back alone where the app is the same as before", async () => {
    const of = release({ CONTAINERS: oldPlace.host, WATCH });
    const content = { image: "shop:1", version: "1", gitSha: "a", settings: {} };
    begun(of.proxy, { id: "v1", result: "live", content });
    begun(of.proxy, { id: "v2" });
    of.containers.looked = ({ id }) => {
      if (id === "b2" && of.context.now() > 20_000) of.b2.status = "exited";
    };
    const reason = await of.run();
    expect(reason).toMatch(/^after the switch: beat-new has ended after 2\d s/);
    expect(of.up()).toEqual(["w1", "b1"]);
    expect(of.old.status).toBe("running");
    expect(of.proxy.serving()).toEqual(["old"]);
    expect(of.record()).toMatchObject({ result: "rolled-back", reason });
    expect(of.context.said).toContain("the last 50 log lines of beat-new:");
    expect(of.context.said.join("\n")).not.toContain("stays in service");
  });

  it("are failed in the first release, which is taken up again after a kill", async () => {
    const of = release({ CONTAINERS: oldPlace.host, WATCH });
    of.containers.looked = ({ id }) => {
      if (id === "b2" && of.context.now() > 20_000) of.b2.status = "exited";
    };
    expect(await of.run()).toMatch(/^after the switch: beat-new has ended/);
    expect(of.record()).toMatchObject({ result: "failed" });
  });
});
