import { describe, expect, it } from "vitest";
import { smoke } from "#release/smoke";
import { ok } from "../support/fake-haproxy.js";
import { begun, world } from "../support/step-world.js";

const question = {
  path: "/",
  method: "GET",
  headers: {},
  secretHeaders: {},
  status: [200],
  json: {},
  answerHeaders: {},
  retries: 0,
  retryPauseSeconds: 1,
};
const CHECKS = JSON.stringify({ timeout: 30, checks: [question] });

describe("smoke", () => {
  it("asks each new container before a client is on it", async () => {
    const here = world({ CHECKS, CONTAINERS: "c1 c2" });
    here.containers.add({ id: "c2", name: "new-2", status: "exited" });
    const urls: string[] = [];
    here.proxy.fetched = (url) => {
      urls.push(url);
      return ok("200");
    };
    await smoke(here.context, here.proxy.converse);
    expect(urls).toEqual(["http://new:3000/", "http://new-2:3000/"]);
    expect(here.context.said).toEqual([
      "smoke: http://new:3000 passed 1 checks",
      "smoke: http://new-2:3000 passed 1 checks",
    ]);
    // A run that failed before has stopped it.
    expect(here.asked("start")).toEqual(["start c2"]);
    expect(here.proxy.serving()).toEqual(["old"]);
  });

  it("gives the release up at the first that fails: all of it is stopped, and its log shown", async () => {
    const here = world({ CHECKS, CONTAINERS: "c1 c2" });
    here.containers.add({ id: "c2", name: "new-2", log: "a last word\n" });
    begun(here.proxy);
    here.proxy.fetched = (url) => (url.includes("new-2") ? ok("500") : ok("200"));
    const reason = "smoke test of the new container: / answers 500, not 200";
    await expect(smoke(here.context, here.proxy.converse)).rejects.toThrow(reason);
    expect(here.asked("logs", "stop")).toEqual(["logs --tail 50 c2", "stop c1", "stop c2"]);
    expect(here.record()).toMatchObject({ result: "failed", reason });
  });

  it("asks nothing where the settings have no smoke test", async () => {
    const here = world();
    await smoke(here.context, here.proxy.converse);
    expect(here.proxy.acts.filter((each) => each === "fetch")).toEqual([]);
  });
});
