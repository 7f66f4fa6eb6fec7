import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { problemsOf } from "../support/problems.js";

const web = { image: "web:1.0", inherit: false, port: 3001 };

/** The problems of a stack with services, each with the settings of `web`. */
function problems(services: Record<string, object>, more: object = {}): readonly string[] {
  const entries = Object.entries(services).map(([name, own]) => [name, { ...web, ...own }]);
  return problemsOf(() =>
    settingsFrom({
      environment: "local",
      app: { name: "shop", image: "shop:1.0" },
      proxy: { domains: ["shop.com", "www.shop.com"] },
      services: Object.fromEntries(entries) as object,
      ...more,
    }),
  );
}

describe("routeProblems", () => {
  it.each<[string, Record<string, object>, object, string[]]>([
    [
      "nothing of routes that differ",
      {
        web: { routes: [{ host: "www.shop.com" }, { path: "/app", stripPrefix: true }] },
        blog: { routes: [{ path: "/app/blog" }, { host: "shop.com", path: "/app" }] },
      },
      {},
      [],
    ],
    [
      "routes of a service that listens nowhere, or never runs twice",
      { web: { port: undefined, exclusive: true, routes: [{ path: "/app" }] } },
      {},
      [
        "services.web.port: is missing, and services.web.routes need it; name the port on which the service listens",
        "services.web.exclusive: is true, and services.web.routes are set: each release would leave its clients without an answer while one container follows the other; remove one of the two",
      ],
    ],
    [
      "a host that is not served",
      { web: { routes: [{ host: "blog.shop.com" }] } },
      {},
      [
        'services.web.routes[0].host: "blog.shop.com" is not in proxy.domains; add it there, or correct it',
      ],
    ],
    [
      "a route that leaves nothing to the app",
      { web: { routes: [{}, { path: "/" }] } },
      {},
      [
        ...[0, 1].map(
          (index) =>
            `services.web.routes[${String(index)}]: takes every request, and leaves none to the app; name a host, or a path other than /; or let this service be the app`,
        ),
        "services.web.routes[1]: route / is already taken by services.web.routes[0]; choose another route",
      ],
    ],
    [
      "a route of the whole first domain, and nothing to strip",
      { web: { routes: [{ host: "shop.com", path: "/", stripPrefix: true }] } },
      {},
      [
        "services.web.routes[0].host: takes all of shop.com, at which a release asks the app: the first of proxy.domains is the app's; put a domain of the app first, or name a path as well",
        "services.web.routes[0].stripPrefix: is true, and there is no path to strip; remove it",
      ],
    ],
    [
      "two routes alike, of two services",
      {
        web: { routes: [{ host: "www.shop.com", path: "/a/" }] },
        blog: { routes: [{ host: "www.shop.com", path: "/a" }] },
      },
      {},
      [
        "services.web.routes[0]: route www.shop.com/a is already taken by services.blog.routes[0]; choose another route",
      ],
    ],
    [
      "a smoke test of a path that goes to a service",
      { web: { routes: [{ path: "/app" }, { host: "www.shop.com" }] } },
      { release: { smoke: [{ path: "/app/ok?a=1" }, { path: "/application" }, { path: "/" }] } },
      [
        "release.smoke[0].path: is /app/ok?a=1, which services.web.routes[0] leads to a service: the smoke test is of the app; ask for a path of the app; services have their health test",
      ],
    ],
  ])("says of %s what is wrong", (_what, services, more, expected) => {
    expect(problems(services, more)).toEqual(expected);
  });
});
