// The proxy leads to services besides the app: which request goes where, and what changes without a reload.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RoutedService } from "#components/proxy/haproxy/routes";
import { cleanUp } from "../../support/docker.js";
import { ask, startFront, type Front } from "../../support/front.js";
import { proxyTemplate } from "../../support/proxy.js";
import { put } from "../../support/put.js";

const prefix = "kpxr";
let front: Front;

beforeAll(async () => {
  await cleanUp(prefix);
  front = await startFront(prefix);
});
afterAll(() => cleanUp(prefix));

const service = (name: string, routes: Partial<RoutedService["routes"][number]>[]) => ({
  name,
  port: 3000,
  several: false,
  asked: true,
  routes: routes.map((route) => ({ stripPrefix: false, ...route })),
});
const services = [
  service("web", [
    { host: "www.localhost" },
    { path: "/a" },
    { path: "/v1.0/api", stripPrefix: true },
  ]),
  service("docs", [{ path: "/a/docs/" }, { host: "localhost", path: "/b" }]),
];
const domains = ["localhost", "www.localhost", "other.localhost"];
const [one, two] = [`${prefix}-one`, `${prefix}-two`];

/** Puts settings into service, with the services at some containers. */
const lead = (settings: object, web: string, docs: string) =>
  put(front.proxy, {
    template: proxyTemplate({ domains, ...settings }, { services }),
    hosts: [one],
    services: { web: [web], docs: [docs] },
    readyPath: "/text",
    keepsOthers: true,
  });

/** The container that answers, and the path and prefix that it sees. */
async function answered(path: string, host = "localhost"): Promise<string> {
  const { status, body } = await ask(front.http, path, { headers: { host } });
  if (status !== 200) return String(status);
  const seen = JSON.parse(body) as { app: string; path: string; headers: Record<string, string> };
  return [seen.app, seen.path, seen.headers["x-forwarded-prefix"] ?? ""].join(" ").trim();
}

describe("routes", () => {
  beforeAll(async () => {
    expect(await lead({ privatePaths: [{ path: "/metrics", deny: true }] }, two, one)).toBe(
      "reload",
    );
  });

  it.each<[path: string, answer: string, host?: string]>([
    ["/", "one /"],
    ["/x", "two /x", "www.localhost"],
    ["/a", "two /a"],
    ["/a/x", "two /a/x", "other.localhost"],
    ["/ab", "one /ab"],
    // The longest path, whatever stands first.
    ["/a/docs", "one /a/docs"],
    ["/a/docs/x", "one /a/docs/x", "www.localhost"],
    ["/b", "one /b"],
    ["/b", "two /b", "www.localhost"],
    ["/v1.0/api", "two / /v1.0/api"],
    ["/v1.0/api/x?y=%2f", "two /x /v1.0/api"],
    ["/v1.0/api//x", "two /x /v1.0/api"],
    ["/v1x0/api/x", "one /v1x0/api/x"],
    ["/v1.0/api/metrics", "404"],
    ["/v1.0/api/%6detrics", "404"],
    ["/x", "421", "example.com"],
  ])("lead %s to %s", async (path, answer, host) => {
    expect(await answered(path, host)).toBe(answer);
  });

  it("follow containers of a service without a reload", async () => {
    const settings = { privatePaths: [{ path: "/metrics", deny: true }] };
    expect(await lead(settings, one, one)).toBe("servers");
    await expect.poll(() => answered("/a")).toBe("one /a");
    expect(await lead(settings, two, one)).toBe("servers");
    await expect.poll(() => answered("/a")).toBe("two /a");
  });

  it("are given up one and all where a container of one does not answer", async () => {
    const settings = { privatePaths: [{ path: "/metrics", deny: true }] };
    const wrong = put(front.proxy, {
      template: proxyTemplate({ domains, ...settings }, { services }),
      hosts: [two],
      services: { web: [one], docs: [`${prefix}-none`] },
      seconds: 2,
    });
    await expect(wrong).rejects.toThrow(
      `switch: ${prefix}-none:3000 takes no connection after 2 s (does services.docs listen on 0.0.0.0, and at services.docs.port?)`,
    );
    expect([await answered("/"), await answered("/a")]).toEqual(["one /", "two /a"]);
  });

  it("keep their host where the others are sent to the first domain", async () => {
    await lead({ redirects: { canonical: true } }, two, one);
    const location = async (host: string) =>
      (await ask(front.http, "/x", { headers: { host } })).headers.location;
    expect(await location("other.localhost")).toBe("http://localhost/x");
    expect(await location("www.localhost")).toBeUndefined();
  });
});
