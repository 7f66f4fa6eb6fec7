import { describe, expect, it } from "vitest";
import { goBack } from "#release/go-back";
import { withServers } from "#release/haproxy/servers";
import { StackProxy } from "#release/proxy";
import { oldPlace, template, world } from "../support/step-world.js";

/** A release that has taken the traffic from `old`. */
function switched(previous = withServers(template, [oldPlace])) {
  const here = world();
  const next = withServers(template, [{ ...oldPlace, server: "only-2", host: "new" }]);
  here.proxy.files.set("haproxy.cfg", next);
  here.proxy.files.set("previous.cfg", previous);
  here.proxy.files.set("previous-checks.map", "only-1 /live\n");
  here.proxy.load(next);
  const proxy = new StackProxy(here.context, "proxy", here.proxy.converse);
  return { ...here, back: () => goBack(here.context, proxy) };
}

describe("goBack", () => {
  it("brings back what served before, checked as it was then", async () => {
    const { proxy, context, back } = switched();
    proxy.answers.set("old", (path) => (path === "/live" ? 200 : 503));
    expect(await back()).toBe(true);
    expect([proxy.serving(), proxy.checkOf("old")]).toEqual([["old"], "/live"]);
    expect(context.said).toEqual(["switched back to old (servers)"]);
    expect([proxy.files.has("previous.cfg"), proxy.files.has("previous-checks.map")]).toEqual([
      false,
      false,
    ]);
  });

  it("loads the configuration of before where that was another one", async () => {
    const { proxy, context, back } = switched(withServers(`# before\n${template}`, [oldPlace]));
    expect(await back()).toBe(true);
    expect(context.said).toEqual(["switched back to old (reload)"]);
    expect(proxy.files.get("haproxy.cfg")).toMatch(/^# before\n/);
  });

  it("rolls back to a configuration of 0.1, whose servers have no marks", async () => {
    const { proxy, context, back } = switched("backend app\n  server app old:3000 check\n");
    expect(await back()).toBe(true);
    expect([proxy.serving(), context.said]).toEqual([["old"], ["switched back to old (reload)"]]);
  });

  it("starts what has ended meanwhile", async () => {
    const { old, asked, back } = switched();
    old.status = "exited";
    expect(await back()).toBe(true);
    expect(asked("start")).toEqual(["start old"]);
  });

  it("does nothing where nothing served before", async () => {
    const { proxy, context, back } = switched("");
    expect(await back()).toBe(false);
    expect([proxy.serving(), context.said]).toEqual([["new"], []]);
  });

  it.each([
    ["is gone", "old does not come back into service: old: there is no such container"],
    ["does not start", "old does not come back into service: old: it does not start: no memory"],
  ])("leaves the new one in service where the old one %s", async (what, said) => {
    const { proxy, context, containers, old, back } = switched();
    old.status = "exited";
    if (what === "is gone") containers.remove("c0");
    else {
      containers.other = (command) =>
        command.startsWith("start ") ? { code: 1, stderr: "no memory\n" } : undefined;
    }
    expect(await back()).toBe(false);
    expect([proxy.serving(), context.said]).toEqual([["new"], [said]]);
    expect(proxy.files.has("previous.cfg")).toBe(true);
  });

  it("does nothing where its engine has ended", async () => {
    const { proxy, context, back } = switched();
    context.wanted = false;
    await expect(back()).rejects.toThrow("the engine has ended");
    expect(proxy.acts).toEqual([]);
  });
});
