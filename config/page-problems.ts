import { healthPath } from "#components/app/health-settings";
import { pagePath, type StatusPageSettings } from "#components/monitoring/page-settings";
import { problem } from "#lib/settings";
import type { Settings } from "./settings.js";

const at = "monitoring.page";

/** Returns the problems of the status page, by itself and with the other settings, a line each. */
export function pageProblems(settings: Settings): string[] {
  const { enabled, page } = settings.monitoring;
  if (page === undefined) return [];
  const advice = "set that to true, or remove it";
  return [
    ...(enabled ? [] : [problem(at, "is set, and monitoring.enabled is false", advice)]),
    ...readers(page),
    ...everybody(page),
    ...path(page, settings),
    ...guarded(page, settings),
  ];
}

function readers({ passwordSecret, allow, public: isPublic }: StatusPageSettings): string[] {
  const kinds = Object.entries({ passwordSecret, allow, public: isPublic }).flatMap(
    ([name, value]) => (value === undefined ? [] : [name]),
  );
  if (kinds.length === 1) return [];
  return kinds.length === 0
    ? [problem(at, "says nobody who may see it", "set passwordSecret, allow or public")]
    : [problem(at, `has ${kinds.join(" and ")}`, "keep one of them")];
}

function everybody({ allow = [] }: StatusPageSettings): string[] {
  return allow.flatMap((each, index) =>
    each.endsWith("/0")
      ? [
          problem(
            `${at}.allow[${String(index)}]`,
            "lets everybody in",
            "name your own addresses, or set public instead",
          ),
        ]
      : [],
  );
}

/** Nothing that somebody needs may be at the path: the page is answered there. */
function path(page: StatusPageSettings, { app, services, release }: Settings): string[] {
  const own = pagePath(page);
  if (own === "") return [problem(`${at}.path`, "is the whole site", "name a path of its own")];
  const health = { ...app.health, path: healthPath(app.health) };
  const taken: [string, string | undefined][] = [
    ["app.health.path", health.path],
    ["app.health.readyPath", health.readyPath],
    ...release.smoke.map((each, index): [string, string] => [
      `release.smoke[${String(index)}].path`,
      each.path,
    ]),
    ...Object.entries(services).flatMap(([name, { routes }]) =>
      routes.map((route, index): [string, string | undefined] => [
        `services.${name}.routes[${String(index)}].path`,
        route.path,
      ]),
    ),
    ["the path of certificates", "/.well-known/acme-challenge"],
  ];
  return taken.flatMap(([setting, each]) =>
    each?.split("?")[0]?.replace(/\/$/, "") === own
      ? [problem(`${at}.path`, `is that of ${setting} as well`, "choose another path")]
      : [],
  );
}

/** A request has to pass every entry of `proxy.privatePaths` whose path it is below. */
function guarded(page: StatusPageSettings, { proxy }: Settings): string[] {
  const own = pagePath(page).toLowerCase();
  return proxy.privatePaths.flatMap(({ path: each, deny, passwordSecret }, index) => {
    const beginning = each.replace(/\/$/, "").toLowerCase();
    if (own !== beginning && !own.startsWith(`${beginning}/`)) return [];
    const entry = `proxy.privatePaths[${String(index)}]`;
    const advice = "choose another path, or change that entry";
    if (deny === true) return [problem(`${at}.path`, `is below ${entry}, which denies it`, advice)];
    const isAnother = page.passwordSecret !== undefined && passwordSecret !== page.passwordSecret;
    return passwordSecret !== undefined && isAnother
      ? [problem(`${at}.path`, `is below ${entry}, which has another password`, advice)]
      : [];
  });
}
