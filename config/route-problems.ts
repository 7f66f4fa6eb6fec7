import type { ServiceRoute, ServiceSettings } from "#components/service/settings";
import { standsFor } from "#lib/identifiers";
import { duplicates, problem } from "#lib/settings";
import type { Settings } from "./settings.js";

interface Route extends ServiceRoute {
  /** Its path in the settings. */
  readonly at: string;
}

/** Returns the problems of the routes of services, by themselves and with the other settings, a line each. */
export function routeProblems(settings: Settings): string[] {
  const services = Object.entries(settings.services).map(
    ([name, service]) => [`services.${name}`, service] as const,
  );
  const routes = services.flatMap(([path, service]) =>
    service.routes.map((route, index): Route => ({
      ...route,
      at: `${path}.routes[${String(index)}]`,
    })),
  );
  return [
    ...services.flatMap(([path, service]) => ofService(path, service)),
    ...routes.flatMap((route) => ofRoute(route, settings)),
    ...duplicates(
      routes.map((route) => [route.at, `${route.host ?? ""}${pathOf(route)}`]),
      "route",
    ),
    ...routes.flatMap((route) => smokeProblems(route, settings)),
  ];
}

function ofService(path: string, { routes, port, exclusive }: ServiceSettings): string[] {
  if (routes.length === 0) return [];
  return [
    ...(port === undefined
      ? [
          problem(
            `${path}.port`,
            `is missing, and ${path}.routes need it`,
            "name the port on which the service listens",
          ),
        ]
      : []),
    ...(exclusive
      ? [
          problem(
            `${path}.exclusive`,
            `is true, and ${path}.routes are set: each release would leave its clients without an answer while one container follows the other`,
            "remove one of the two",
          ),
        ]
      : []),
  ];
}

function ofRoute(route: Route, { proxy: { domains } }: Settings): string[] {
  const { at, host, stripPrefix } = route;
  const isAll = pathOf(route) === "/";
  const [first] = domains;
  if (host === undefined && isAll) {
    const advice = "name a host, or a path other than /; or let this service be the app";
    return [problem(at, "takes every request, and leaves none to the app", advice)];
  }
  return [
    ...(host === undefined || domains.some((each) => standsFor(each, host))
      ? []
      : [
          problem(`${at}.host`, `"${host}" is not in proxy.domains`, "add it there, or correct it"),
        ]),
    ...(host === first && isAll
      ? [
          problem(
            `${at}.host`,
            `takes all of ${host}, at which a release asks the app: the first of proxy.domains is the app's`,
            "put a domain of the app first, or name a path as well",
          ),
        ]
      : []),
    ...(stripPrefix && isAll
      ? [problem(`${at}.stripPrefix`, "is true, and there is no path to strip", "remove it")]
      : []),
  ];
}

/** A check is asked of the app's containers and then through the proxy: both have to lead to the app. */
function smokeProblems(route: Route, { release, proxy: { domains } }: Settings): string[] {
  const { at, host } = route;
  const path = pathOf(route);
  if (path === "/" || (host !== undefined && host !== domains[0])) return [];
  return release.smoke.flatMap((check, index) => {
    const [asked = ""] = check.path.split("?");
    if (!`${asked}/`.startsWith(path === "/" ? "/" : `${path}/`)) return [];
    const wrong = `is ${check.path}, which ${at} leads to a service: the smoke test is of the app`;
    const advice = "ask for a path of the app; services have their health test";
    return [problem(`release.smoke[${String(index)}].path`, wrong, advice)];
  });
}

/** Without a slash at its end; `/` for all. */
function pathOf({ path = "/" }: Pick<ServiceRoute, "path">): string {
  return path.replace(/(?<=.)\/$/, "");
}
