import { describe, expect, it } from "vitest";
import { endInterrupted } from "#release/haproxy/interrupted";
import { preferenceRules } from "#release/haproxy/preference";
import { putIntoService } from "#release/haproxy/put-into-service";
import { placesIn, usedHosts } from "#release/haproxy/servers";
import { ProxySession } from "#release/proxy-session";
import { FakeHaproxy } from "../../support/fake-haproxy.js";
import { fakeContext } from "../../support/step-context.js";

const template =
  "global\nbackend app\n  # servers at port 3000\n\nlisten tcp-1982\n  # servers at port 1982\n";
const old = (section: string, port: number) => ({
  section,
  server: "only-1",
  host: "old",
  port,
  used: true,
});
const before = [old("app", 3000), old("tcp-1982", 1982)];

function put(
  proxy: FakeHaproxy,
  hosts: readonly string[],
  text = template,
  path = "/ready",
  keepsOthers = false,
) {
  const wanted = { template: text, hosts: { app: hosts }, readyPath: () => path, keepsOthers };
  const session = new ProxySession(proxy.conversation());
  return putIntoService(fakeContext({}), session, wanted, 5);
}

describe("putIntoService", () => {
  it("checks the new container before it gets a request, and then leads to it, in every section", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    expect(await put(proxy, ["new"])).toBe("servers");
    expect([proxy.serving(), proxy.serving("tcp-1982"), proxy.reloads]).toEqual([
      ["new"],
      ["new"],
      0,
    ]);
    const order = ["state drain", "health down", "state ready", "state maint"];
    const places = order.map((each) =>
      proxy.commands.findIndex((command) => command.endsWith(each)),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(placesIn(proxy.files.get("haproxy.cfg") ?? "").filter(({ used }) => used)).toEqual([
      { section: "app", server: "only-2", host: "new", port: 3000, used: true },
      { section: "tcp-1982", server: "only-2", host: "new", port: 1982, used: true },
    ]);
    expect(proxy.running).toBe(proxy.files.get("haproxy.cfg"));
  });

  it("has no server left that leads to what is stopped next, waiting or not", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    await put(proxy, ["new"]);
    expect(proxy.hosts()).toEqual(["new"]);
    proxy.answers.set("next", () => 500);
    await expect(put(proxy, ["next"])).rejects.toThrow("status 500");
    expect(proxy.hosts()).toEqual(["new"]);
  });

  it("changes nothing where the check of the new one fails: the old one serves all the time", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    const text = proxy.files.get("haproxy.cfg");
    proxy.answers.set("new", () => 404);
    const served: string[] = [];
    proxy.before = () => served.push(proxy.serving().join());
    await expect(put(proxy, ["new"])).rejects.toThrow(
      "switch: the proxy's check of new at /ready fails after 5 s: it answers with status 404",
    );
    expect(new Set(served)).toEqual(new Set(["old"]));
    expect([proxy.files.get("haproxy.cfg"), proxy.serving()]).toEqual([text, ["old"]]);
  });

  it("loads another configuration with the old one in service, checked by its own path", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    proxy.answers.set("old", (path) => (path === "/ready" ? 200 : 404));
    const served: string[] = [];
    proxy.before = () => served.push(proxy.serving().join());
    expect(await put(proxy, ["new"], `# other\n${template}`, "/health")).toBe("reload");
    expect(served.filter((each, index) => each !== served[index - 1])).toEqual(["old", "new"]);
    expect([proxy.serving(), proxy.checkOf("new"), proxy.reloads]).toEqual([["new"], "/health", 1]);
  });

  it("puts the old configuration back where the new one's servers fail", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    const text = proxy.files.get("haproxy.cfg");
    proxy.answers.set("new", () => 503);
    await expect(put(proxy, ["new"], `# other\n${template}`)).rejects.toThrow("status 503");
    expect([proxy.files.get("haproxy.cfg"), proxy.running, proxy.serving()]).toEqual([
      text,
      text,
      ["old"],
    ]);
  });

  it("goes from one container to three and back without a reload, keeping those that stay", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    await put(proxy, ["old", "b", "c"]);
    expect(proxy.serving().toSorted()).toEqual(["b", "c", "old"]);
    await put(proxy, ["old", "d", "c"]);
    expect(proxy.serving().toSorted()).toEqual(["c", "d", "old"]);
    await put(proxy, ["old"]);
    expect([proxy.serving(), proxy.reloads]).toEqual([["old"], 0]);
  });

  it("takes over from a proxy of 0.1, whose server has another name, with a reload", async () => {
    const proxy = new FakeHaproxy();
    const text =
      "backend app\n  server app old:3000 check\n  server app-1 old:3000 check disabled\n";
    proxy.files.set("haproxy.cfg", text);
    proxy.load(text);
    expect(await put(proxy, ["new"])).toBe("reload");
    expect([proxy.serving(), proxy.hosts()]).toEqual([["new"], ["new"]]);
  });

  it("takes a proxy's first configuration", async () => {
    const proxy = new FakeHaproxy();
    proxy.load("frontend http\n  http-request return status 503\n");
    expect(await put(proxy, ["new"])).toBe("reload");
    expect(proxy.serving()).toEqual(["new"]);
  });

  it("leads to nothing where there is no container, and says so", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    await expect(put(proxy, [])).rejects.toThrow(
      "switch: the new configuration leads to no container",
    );
    await expect(put(proxy, ["new"], "global\n")).rejects.toThrow("leads to no container");
    expect([proxy.serving(), proxy.reloads]).toEqual([["old"], 0]);
  });

  it("waits for another change of the configuration, and gives up", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    proxy.locked.add("apply");
    await expect(put(proxy, ["new"])).rejects.toThrow(
      'proxy: another one has had its lock "apply" for 60 s',
    );
    expect(proxy.acts).toEqual(["lock apply 60"]);
  });

  it("says what has no address", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    proxy.gone.add("new");
    await expect(put(proxy, ["new"])).rejects.toThrow(
      "switch: new has no address in the proxy's network",
    );
    expect(proxy.serving()).toEqual(["old"]);
  });

  it("is slow with one that is slow to be ready, and switches then", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    let asked = 0;
    proxy.answers.set("new", () => ((asked += 1) > 20 ? 204 : 503));
    expect(await put(proxy, ["new"])).toBe("servers");
    expect(proxy.serving()).toEqual(["new"]);
  });

  it("does nothing where all is as it is to be", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    await put(proxy, ["new"]);
    const { commands } = proxy;
    const known = commands.length;
    expect(await put(proxy, ["new"])).toBe("nothing");
    expect(commands.slice(known).filter((each) => each.startsWith("set server"))).toEqual([]);
  });

  it("says what takes no connection, and what HAProxy does not take", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    proxy.unreachable.add("new");
    await expect(put(proxy, ["new"])).rejects.toThrow(
      "switch: new:3000, new:1982 takes no connection after 5 s",
    );
    proxy.unreachable.clear();
    proxy.problems = () => "line 7: unknown keyword";
    await expect(put(proxy, ["new"])).rejects.toThrow(
      "the old one stays in service: line 7: unknown keyword",
    );
    proxy.problems = () => undefined;
    proxy.refusesReload = true;
    await expect(put(proxy, ["new"], `# x\n${template}`)).rejects.toThrow(
      "the old one is back: Success=0",
    );
    expect(proxy.serving()).toEqual(["old"]);
  });
});

describe("putIntoService, with what served kept for what is not answered", () => {
  const kept = template
    .replace("backend app\n", `$&${preferenceRules("app", "http-request").join("\n")}\n`)
    .replace("tcp-1982\n", `$&${preferenceRules("tcp-1982", "tcp-request content").join("\n")}\n`);
  const choicesOf = (proxy: FakeHaproxy) => [proxy.serving(), proxy.choices()];

  it("gives first attempts to the new ones, each about as many, and others to the old one", async () => {
    const proxy = FakeHaproxy.serving(kept, before);
    expect(await put(proxy, ["a", "b"], kept, "/ready", true)).toBe("servers");
    expect(choicesOf(proxy)).toEqual([["a", "b"], ["old"]]);
    expect([proxy.serving("tcp-1982"), proxy.choices("tcp-1982")]).toEqual([["a", "b"], ["old"]]);
    const entries = proxy.commands.filter((each) => /^add map .*-app \d+ app-/.test(each));
    expect(entries.filter((each) => each.endsWith(" app-1"))).toHaveLength(30);
    expect(entries.filter((each) => each.endsWith(" app-2"))).toHaveLength(30);
    // What restarts goes by the file.
    proxy.load(proxy.files.get("haproxy.cfg") ?? "");
    expect(choicesOf(proxy)).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
  });

  it("has the old one serve all where none of the new ones is up", async () => {
    const proxy = FakeHaproxy.serving(kept, before);
    await put(proxy, ["a", "b"], kept, "/ready", true);
    proxy.unreachable.add("a");
    await new ProxySession(proxy.conversation()).tryAdmin("show info");
    expect(choicesOf(proxy)).toEqual([["b"], ["old"]]);
    proxy.unreachable.add("b");
    await new ProxySession(proxy.conversation()).tryAdmin("show info");
    expect(choicesOf(proxy)).toEqual([["old"], ["old"]]);
  });

  it("is done again with nothing to do, and ends with the new ones alone", async () => {
    const proxy = FakeHaproxy.serving(kept, before);
    await put(proxy, ["new"], kept, "/ready", true);
    expect(await put(proxy, ["new"], kept, "/ready", true)).toBe("nothing");
    expect(choicesOf(proxy)).toEqual([["new"], ["old"]]);
    expect(await put(proxy, ["new"], kept)).toBe("servers");
    expect(choicesOf(proxy)).toEqual([["new"], ["new"]]);
    expect(proxy.hosts()).toEqual(["new"]);
    expect(await put(proxy, ["new"], kept)).toBe("nothing");
  });

  it("returns to the old one, which has served all the time", async () => {
    const proxy = FakeHaproxy.serving(kept, before);
    await put(proxy, ["new"], kept, "/ready", true);
    proxy.unreachable.add("new");
    const served: string[] = [];
    proxy.before = () => served.push(proxy.serving().join());
    expect(await put(proxy, ["old"], kept)).toBe("servers");
    expect(served).not.toContain("");
    expect(choicesOf(proxy)).toEqual([["old"], ["old"]]);
  });

  it("stays where it is where the old one has ended and the new one serves", async () => {
    const proxy = FakeHaproxy.serving(kept, before);
    await put(proxy, ["new"], kept, "/ready", true);
    proxy.answers.set("old", () => 503);
    const served: string[] = [];
    proxy.before = () => served.push(proxy.serving().join());
    await expect(put(proxy, ["old"], kept)).rejects.toThrow("the proxy's check of old");
    expect(new Set(served)).toEqual(new Set(["new"]));
    expect(choicesOf(proxy)).toEqual([["new"], ["new"]]);
    expect(proxy.running).toBe(proxy.files.get("haproxy.cfg"));
  });

  it("keeps nothing that is down, and nothing where all of it stays in service", async () => {
    const proxy = FakeHaproxy.serving(kept, before);
    proxy.answers.set("old", () => 503);
    await put(proxy, ["a", "b"], kept, "/ready", true);
    const both = ["a", "b"];
    expect(choicesOf(proxy)).toEqual([both, both]);
    await put(proxy, ["a", "b", "c"], kept, "/ready", true);
    expect(choicesOf(proxy)).toEqual([
      ["a", "b", "c"],
      ["a", "b", "c"],
    ]);
  });

  it("keeps nothing where HAProxy runs on a configuration of before", async () => {
    const proxy = FakeHaproxy.serving(template, before);
    await put(proxy, ["new"], template, "/ready", true);
    expect(choicesOf(proxy)).toEqual([["new"], ["new"]]);
    await put(proxy, ["next"], kept, "/ready", true);
    expect([choicesOf(proxy), proxy.reloads]).toEqual([[["next"], ["new"]], 1]);
  });

  it.each([
    ["which serves: it stays, with nothing kept", false, ["new"]],
    ["which does not: what served before is back", true, ["old"]],
  ])("is ended for another release %s", async (_what, isDown, serving) => {
    const proxy = FakeHaproxy.serving(kept, before);
    await put(proxy, ["new"], kept, "/ready", true);
    if (isDown) proxy.unreachable.add("new");
    await endInterrupted(new ProxySession(proxy.conversation()), ["new"]);
    expect(proxy.choices()).toEqual(["old"]);
    await endInterrupted(new ProxySession(proxy.conversation()), ["next"]);
    expect(choicesOf(proxy)).toEqual([serving, serving]);
    expect(usedHosts(proxy.files.get("haproxy.cfg") ?? "")).toEqual(serving);
    expect(proxy.running).toBe(proxy.files.get("haproxy.cfg"));
  });
});

describe("putIntoService, killed in the middle", () => {
  /** Ends the step before its act of this number, as a kill does: what it held is free. */
  async function killedBefore(
    act: number,
    proxy: FakeHaproxy,
    hosts: readonly string[],
    text: string,
  ) {
    let left = act;
    proxy.before = () => {
      if (left === 0) throw new Error("killed");
      left -= 1;
    };
    const went = await put(proxy, hosts, text).then(
      () => true,
      () => false,
    );
    proxy.before = () => undefined;
    return went;
  }

  it.each([
    ["the same release again", ["new"], template],
    ["another one", ["other"], template],
    ["what served before", ["old"], template],
    ["several", ["new", "other"], template],
    ["another configuration", ["other"], `# other\n${template}`],
  ])("serves all the time, and is followed by %s", async (_what, hosts, text) => {
    let went = false;
    for (let act = 0; !went; act++) {
      const proxy = FakeHaproxy.serving(template, before);
      went = await killedBefore(act, proxy, ["new"], template);
      const served: string[] = [];
      proxy.before = () => served.push(proxy.serving().join());
      await put(proxy, hosts, text);
      expect([act, served.filter((each) => each === "")]).toEqual([act, []]);
      expect([act, proxy.serving().toSorted()]).toEqual([act, [...hosts].toSorted()]);
      expect(proxy.running).toBe(proxy.files.get("haproxy.cfg"));
    }
  });

  it("while it loads another configuration, is gone on with", async () => {
    const other = `# other\n${template}`;
    let went = false;
    for (let act = 0; !went; act++) {
      const proxy = FakeHaproxy.serving(template, before);
      went = await killedBefore(act, proxy, ["new"], other);
      expect([act, proxy.serving().length > 0]).toEqual([act, true]);
      await put(proxy, ["new"], other);
      expect([act, proxy.serving(), proxy.running]).toEqual([
        act,
        ["new"],
        proxy.files.get("haproxy.cfg"),
      ]);
      // HAProxy starts on what the volume has.
      proxy.load(proxy.files.get("haproxy.cfg") ?? "");
      expect(proxy.serving()).toEqual(["new"]);
    }
  });
});
