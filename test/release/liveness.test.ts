import { describe, expect, it } from "vitest";
import { putIntoService } from "#release/haproxy/put-into-service";
import { judgeByLiveness } from "#release/liveness";
import { ProxySession } from "#release/proxy-session";
import { ok } from "../support/fake-haproxy.js";
import { template, world } from "../support/step-world.js";

describe("judgeByLiveness", () => {
  it("keeps in service what lives and is not ready any more, also after a restart of the proxy", async () => {
    const { proxy } = world();
    const session = new ProxySession(proxy.conversation());
    await judgeByLiveness(session, "/live");
    proxy.answers.set("old", (path) => (path === "/live" ? 200 : 503));
    await session.admin(["show servers state"]);
    expect([proxy.serving(), proxy.checkOf("old")]).toEqual([["old"], "/live"]);
    expect(proxy.files.get("checks.map")).toBe("only-1 /live\n");
    proxy.load(proxy.files.get("haproxy.cfg") ?? "");
    expect([proxy.serving(), proxy.checkOf("old"), proxy.reloads]).toEqual([["old"], "/live", 0]);
  });

  it("lasts until the next release goes live, which is judged by its readiness", async () => {
    const { proxy, context } = world();
    const session = new ProxySession(proxy.conversation());
    await judgeByLiveness(session, "/live");
    const wanted = { template, hosts: { app: ["new"] }, readyPath: () => "/ready" };
    await putIntoService(context, session, wanted, 5);
    expect([proxy.serving(), proxy.checkOf("new")]).toEqual([["new"], "/ready"]);
  });

  it("is not changed where what serves does not answer there, which is said", async () => {
    const { proxy } = world();
    const asked = { host: "shop.com", scheme: "https" as const, statuses: [] };
    proxy.fetched = (url) => (url === "http://old:3000/live" ? ok("404", "no") : ok("200"));
    const session = new ProxySession(proxy.conversation());
    expect(await judgeByLiveness(session, "/live", asked)).toBe(
      "http://old:3000/live (Host: shop.com, X-Forwarded-Proto: https) answers 404 (no), not 2xx",
    );
    expect(proxy.checkOf("old")).toBe("/ready");
    expect(await judgeByLiveness(session, "/other", asked)).toBeUndefined();
    expect(proxy.checkOf("old")).toBe("/other");
  });

  it("does nothing where nothing serves yet", async () => {
    const { proxy } = world();
    proxy.files.set("haproxy.cfg", "frontend http\n");
    proxy.files.delete("checks.map");
    await judgeByLiveness(new ProxySession(proxy.conversation()), "/live");
    expect(proxy.commands).toEqual([]);
    expect(proxy.files.get("checks.map")).toBe("");
  });
});
