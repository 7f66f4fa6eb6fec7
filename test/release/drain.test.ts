import { describe, expect, it } from "vitest";
import { drain, missingServers } from "#release/drain";
import { ProxySession } from "#release/proxy-session";
import { world } from "../support/step-world.js";

function drained(here: ReturnType<typeof world>, hosts: readonly string[], seconds = 5) {
  return drain(here.context, new ProxySession(here.proxy.conversation()), hosts, seconds);
}

describe("drain", () => {
  it("waits until nothing is in progress", async () => {
    const here = world();
    let left = 3;
    here.proxy.streams = () => (left -= 1);
    await drained(here, ["new", "new-2"]);
    expect(here.context.said).toEqual(["drained new new-2 for 0 s; connections left: 0"]);
    expect(here.proxy.acts.filter((each) => each === "streams")).toHaveLength(3);
  });

  it("says what was left when its time was over", async () => {
    const here = world();
    here.proxy.streams = () => 2;
    await drained(here, ["new"], 30);
    expect(here.context.said).toEqual([
      expect.stringMatching(/^drained new for 3\d s; connections left: 2$/),
    ]);
  });

  it("leaves out what still serves, and what is gone", async () => {
    const here = world();
    here.proxy.gone.add("dead");
    await drained(here, ["old", "dead"]);
    expect(here.context.said).toEqual(["dead is gone already: nothing to drain"]);
    expect(here.proxy.acts).not.toContain("streams");
  });

  it("ends where its engine has ended", async () => {
    const here = world();
    here.proxy.streams = () => 1;
    here.context.wanted = false;
    await expect(drained(here, ["new"])).rejects.toThrow("the engine has ended");
  });
});

describe("missingServers", () => {
  const missing = (here: ReturnType<typeof world>) =>
    missingServers(here.context, new ProxySession(here.proxy.conversation()), 2);

  it("are none where all that is to serve does", async () => {
    expect(await missing(world())).toEqual([]);
  });

  it("are those that do not answer in time, each once", async () => {
    const here = world();
    here.proxy.unreachable.add("old");
    expect(await missing(here)).toEqual(["old"]);
    expect(here.context.now()).toBeGreaterThanOrEqual(2000);
  });

  it("are waited for", async () => {
    const here = world();
    let asked = 0;
    here.proxy.answers.set("old", () => ((asked += 1) > 4 ? 200 : 503));
    expect(await missing(here)).toEqual([]);
  });
});

describe("a name that is not found once", () => {
  it("is looked up again: what is in progress there is waited for", async () => {
    const here = world();
    here.proxy.gone.add("new");
    here.proxy.before = (args) => {
      if (args[0] === "resolve" && here.proxy.acts.includes("resolve")) here.proxy.gone.clear();
    };
    await drained(here, ["new"]);
    expect(here.context.said).toEqual(["drained new for 0 s; connections left: 0"]);
  });
});
