import { describe, expect, it } from "vitest";
import { preferenceRules } from "#release/haproxy/preference";
import { serversMark, withServers } from "#release/haproxy/servers";
import { switchOver } from "#release/switch";
import { servicesWorld } from "../../support/services-world.js";
import { oldPlace, switchParameters, template, WATCH } from "../../support/step-world.js";

const section = "service-worker";
const routed = [
  template,
  `backend ${section}`,
  ...preferenceRules(section, "http-request"),
  serversMark(3001, "worker"),
  "",
].join("\n");
const workerPlace = {
  section,
  server: "worker.only-1",
  host: "worker-old",
  port: 3001,
  used: true,
};
const usual = { exclusive: false, pids: 64, startSeconds: 30, settleSeconds: 0, stopSeconds: 10 };
const worker = { name: "worker", containers: ["w2"], ...usual };
const beat = { ...usual, name: "beat", containers: ["b2"], exclusive: true };
const route = { port: 3001, path: "/health" };

/** A switch once the new worker runs, to which the proxy is to lead. */
function release(
  environment: Readonly<Record<string, string>> = {},
  before = [oldPlace, workerPlace],
) {
  const services = JSON.stringify([{ ...worker, route }, beat]);
  const of = servicesWorld({ ...switchParameters, SERVICES: services, ...environment }, routed);
  of.fresh.health = "healthy";
  Object.assign(of.w2, { status: "running" });
  Object.assign(of.b2, { status: "running" });
  Object.assign(of.b1, { status: "exited" });
  const text = before.length === 0 ? "" : withServers(routed, before);
  of.proxy.files.set("haproxy.cfg", text);
  of.proxy.files.set("checks.map", "only-1 /ready\nworker.only-1 /health\n");
  of.proxy.load(text);
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

describe("a service with routes", () => {
  it("is switched with the app, and stopped only when its successor is live", async () => {
    const of = release();
    of.proxy.streams = () => {
      // Until it is accepted, what served before can still be asked.
      expect(of.up()).toContain("w1");
      return 0;
    };
    expect(await of.run()).toBeUndefined();
    expect([of.proxy.serving(), of.proxy.serving(section)]).toEqual([["new"], ["worker-new"]]);
    expect([of.proxy.checkOf("new"), of.proxy.checkOf("worker-new")]).toEqual([
      "/ready",
      "/health",
    ]);
    expect(of.proxy.reloads).toBe(0);
    expect(of.up()).toEqual(["w2", "b2"]);
  });

  it("is a release by itself, which leaves the app's server alone", async () => {
    const of = release({ CONTAINERS: oldPlace.host, WATCH });
    const asked: string[] = [];
    of.containers.looked = () => {
      asked.push(...of.proxy.serving());
    };
    expect(await of.run()).toBeUndefined();
    expect(new Set(asked)).toEqual(new Set(["old"]));
    expect([of.proxy.serving(), of.proxy.serving(section)]).toEqual([["old"], ["worker-new"]]);
    expect(of.proxy.commands.filter((each) => /app\/only-1 state maint/.test(each))).toEqual([]);
  });

  it("is back, with the app, where the new one ends while it is watched", async () => {
    const of = release({ WATCH });
    of.containers.looked = ({ id }) => {
      if (id === "w2" && of.context.now() > 4000) of.w2.restarts = 1;
    };
    expect(await of.run()).toMatch(/^watch: worker-new has ended after \d+ s/);
    expect([of.proxy.serving(), of.proxy.serving(section)]).toEqual([["old"], ["worker-old"]]);
    expect(of.proxy.checkOf("worker-old")).toBe("/health");
    expect(of.up()).toEqual(["w1", "b1"]);
  });

  it("is not switched to, nor is the app, where it takes no connection", async () => {
    const of = release();
    of.proxy.unreachable.add("worker-new");
    expect(await of.run()).toMatch(
      /worker-new:3001 takes no connection after 60 s \(does services\.worker listen on 0\.0\.0\.0, and at services\.worker\.port\?\)/,
    );
    expect([of.proxy.serving(), of.proxy.serving(section)]).toEqual([["old"], ["worker-old"]]);
    expect(of.up()).toEqual(["w1", "b1"]);
  });

  it("stays where a first release fails, as the app does: there is nothing else to go to", async () => {
    const of = release({ WATCH }, []);
    of.proxy.files.delete("services.json");
    of.containers.looked = ({ id }) => {
      if (id === "b2" && of.context.now() > 1000) of.b2.status = "exited";
    };
    expect(await of.run()).toMatch(/beat-new has ended/);
    expect([of.proxy.serving(), of.proxy.serving(section)]).toEqual([["new"], ["worker-new"]]);
    expect(of.w2.status).toBe("running");
  });

  it("is led to, and to nothing where it no longer has routes, by a configuration that is loaded again", async () => {
    const added = release({}, [oldPlace]);
    added.proxy.files.set("haproxy.cfg", withServers(template, [oldPlace]));
    added.proxy.load(withServers(template, [oldPlace]));
    expect(await added.run()).toBeUndefined();
    expect([added.proxy.reloads, added.proxy.serving(section)]).toEqual([1, ["worker-new"]]);
    const removed = servicesWorld(
      { ...switchParameters, SERVICES: JSON.stringify([worker, beat]) },
      template,
    );
    removed.fresh.health = "healthy";
    Object.assign(removed.w2, { status: "running" });
    Object.assign(removed.b2, { status: "running" });
    const text = withServers(routed, [oldPlace, workerPlace]);
    removed.proxy.files.set("haproxy.cfg", text);
    removed.proxy.load(text);
    await switchOver(removed.context, removed.proxy.converse);
    expect([removed.proxy.reloads, removed.proxy.serving(section)]).toEqual([1, []]);
    expect(removed.proxy.serving()).toEqual(["new"]);
  });
});
