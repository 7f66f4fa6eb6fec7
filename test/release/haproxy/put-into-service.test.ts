import { describe, expect, it } from "vitest";
import { putIntoService } from "../../../release/haproxy/put-into-service.js";
import { placesIn } from "../../../release/haproxy/servers.js";
import { ProxySession } from "../../../release/proxy-session.js";
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

function put(proxy: FakeHaproxy, hosts: readonly string[], text = template, path = "/ready") {
  const wanted = { template: text, hosts, readyPath: () => path };
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
