import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { requestsIn } from "#cli/commands/status/proxy";
import { askSite, siteAddress } from "#cli/commands/status/site";
import { usageOf, type Sample } from "#cli/commands/status/usage";
import { settingsFrom } from "#config";

const sample = (second: number, cpu: number, stats: Record<string, number>): Sample => ({
  read: `2026-03-01T12:00:0${String(second)}.000000000Z`,
  cpu_stats: { cpu_usage: { total_usage: cpu } },
  memory_stats: { usage: 100, limit: 400, stats },
});

describe("usageOf", () => {
  it("is processor time between two looks, and memory without what the kernel can give back", () => {
    const before = sample(1, 1_000_000_000, {});
    expect(usageOf(before, sample(3, 2_500_000_000, { inactive_file: 30 }))).toEqual({
      memory: 70,
      memoryLimit: 400,
      cpuPercent: 75,
    });
    // Of cgroup version 1.
    expect(usageOf(before, sample(3, 1e9, { total_inactive_file: 20 }))?.memory).toBe(80);
  });

  it("is not known of a container without memory accounting, and 0 between looks at one moment", () => {
    const one = sample(1, 5, {});
    expect(usageOf(one, { ...one, memory_stats: {} })).toBeUndefined();
    expect(usageOf(one, one)?.cpuPercent).toBe(0);
  });
});

describe("requestsIn", () => {
  const info = "Pid: 7\nStart_time_sec: 1772366400\n";
  const stat = [
    "# pxname,svname,req_tot,hrsp_5xx,srv_abrt,rate,ttime",
    "app,only-1,9,2,0,1,11",
    "app,BACKEND,10,3,1,4,12",
  ].join("\n");

  it("tells of requests since HAProxy's process began", () => {
    expect(requestsIn(info, stat)).toEqual({
      since: new Date("2026-03-01T12:00:00Z"),
      requests: 10,
      failed: 2,
      errors: 2,
      perSecond: 4,
      milliseconds: 12,
    });
    expect(requestsIn(info, "")).toBeUndefined();
  });
});

describe("the site", () => {
  const settings = settingsFrom({
    environment: "prod",
    app: { name: "shop", image: "shop:1", health: { path: "/health", readyPath: "/ready" } },
    proxy: { domains: ["shop.example.com"], bind: "0.0.0.0", tls: { mode: "self-signed" } },
  });

  it("is asked for its ready path: here at the proxy's address, far away by its name", () => {
    const { httpsPort } = settings.proxy;
    const url = `https://shop.example.com${httpsPort === 443 ? "" : `:${String(httpsPort)}`}/ready`;
    expect(siteAddress(settings, true)).toEqual({ url, address: "127.0.0.1" });
    expect(siteAddress(settings, false)).toEqual({ url, address: undefined });
  });

  it("is up by its status alone, and an error is said", async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.headers.host?.startsWith("good.test") === true ? 204 : 500;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const ask = (host: string) =>
      askSite({ url: `http://${host}:${String(port)}/`, address: "127.0.0.1" });
    expect(await ask("good.test")).toMatchObject({ status: 204, isUp: true });
    expect(await ask("bad.test")).toMatchObject({ status: 500, isUp: false });
    await new Promise((resolve) => server.close(resolve));
    expect(await ask("good.test")).toMatchObject({
      isUp: false,
      error: expect.any(String) as never,
    });
  });
});
